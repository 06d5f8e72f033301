#include "lib/dispatch/message_keys.h"

#include <algorithm>
#include <limits>

namespace postrider {

namespace {

using Ids = std::numeric_limits<MessageId>;

}  // namespace

MessageKey next_key(MessageKey key) {
    if (key.id == Ids::max()) return {key.send_date + TimePoint::duration{1}, Ids::min()};
    return {key.send_date, key.id + 1};
}

MessageKey previous_key(MessageKey key) {
    if (key.id == Ids::min()) return {key.send_date - TimePoint::duration{1}, Ids::max()};
    return {key.send_date, key.id - 1};
}

MessageKey start_of(TimePoint moment) { return {moment, Ids::min()}; }

void keep_earliest(std::optional<MessageKey>& earliest, MessageKey key) {
    earliest = earliest ? std::min(*earliest, key) : key;
}

}  // namespace postrider
