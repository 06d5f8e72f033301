#pragma once

#include <array>

namespace postrider {

/// A keyed hash: 16 raw bytes.
using Hash = std::array<unsigned char, 16>;

/// The hash of a destination on a channel: what belongs to one conversation has one.
using ConversationId = Hash;

}  // namespace postrider
