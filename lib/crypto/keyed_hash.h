#pragma once

#include "lib/model/hash.h"
#include "lib/model/private.h"

#include <string_view>

namespace postrider {

/// Hashes under a key, so that what is short (a phone number) cannot be found by trying all:
/// BLAKE2b, 16 bytes. Values of different contexts never meet.
class KeyedHash {
public:
    /// `key` may have any length; it is itself hashed first.
    explicit KeyedHash(const Secret& key);

    Hash operator()(std::string_view context, std::string_view value) const;

private:
    Secret key_;  // 32 bytes
};

}  // namespace postrider
