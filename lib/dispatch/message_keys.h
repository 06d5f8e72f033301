#pragma once

#include "lib/model/message.h"

#include <optional>

namespace postrider {

/// The key that follows, and the one before: an id may be any bigint.
MessageKey next_key(MessageKey key);
MessageKey previous_key(MessageKey key);
/// Before all keys of that moment.
MessageKey start_of(TimePoint moment);
/// Before all keys.
inline const MessageKey first_key = start_of(TimePoint::min());

/// Makes `earliest` the earlier of itself, if there is one, and `key`.
void keep_earliest(std::optional<MessageKey>& earliest, MessageKey key);

}  // namespace postrider
