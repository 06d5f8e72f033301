#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// How private values are kept in the site's columns.
struct EncryptionSettings {
    std::optional<Secret> secret_key = {};  ///< 32 raw bytes; none: values are stored as they are
    std::vector<Secret> old_keys = {};      ///< values under these are read too
    std::string lookup_hash_prefix = {};    ///< of `lookup_key`
    bool encrypt_text = false;              ///< addresses are encrypted whenever there is a key

    bool operator==(const EncryptionSettings&) const = default;
};

}  // namespace postrider
