#pragma once

#include "lib/dispatch/waiting.h"

#include <string>
#include <utility>

namespace postrider::testing {

inline const TimePoint noon{std::chrono::seconds{1893499200}};

inline ConversationId conversation(int number) {
    ConversationId id{};
    id[0] = static_cast<unsigned char>(number);
    return id;
}

/// Message `id` of a conversation, due `second` seconds after noon.
inline Waiting message(MessageId id, int number = 0, int second = 0, std::string version = "1") {
    Waiting waiting;
    waiting.message.key = {noon + std::chrono::seconds{second}, id};
    waiting.message.row_version = std::move(version);
    waiting.conversation = conversation(number);
    waiting.shard = number;
    waiting.not_before = waiting.message.key.send_date;
    return waiting;
}

}  // namespace postrider::testing
