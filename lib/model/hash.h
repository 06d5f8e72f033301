#pragma once

#include <array>
#include <cstddef>
#include <cstring>

namespace postrider {

/// A keyed hash: 16 raw bytes.
using Hash = std::array<unsigned char, 16>;

/// For tables: any part of a keyed hash is one itself.
struct PartOfHash {
    std::size_t operator()(const Hash& hash) const {
        std::size_t part = 0;
        std::memcpy(&part, hash.data(), sizeof part);
        return part;
    }
};

/// The hash of a destination on a channel: what belongs to one conversation has one.
using ConversationId = Hash;
/// The hash of a destination on a channel, whatever order matters there.
using RecipientId = Hash;

}  // namespace postrider
