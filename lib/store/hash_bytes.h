#pragma once

#include "lib/model/hash.h"

#include <pqxx/pqxx>

#include <algorithm>
#include <string_view>

namespace postrider {

/// A hash as bytea has it, and back.
inline std::string_view bytes(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

inline Hash read_hash(const pqxx::field& field) {
    const pqxx::binarystring raw(field);
    Hash hash{};
    std::copy_n(raw.begin(), std::min(raw.size(), hash.size()), hash.begin());
    return hash;
}

}  // namespace postrider
