#include "lib/dispatch/ready_conversations.h"

#include <algorithm>

namespace postrider {

namespace {

constexpr int favoured_max = 9;

}  // namespace

void ReadyConversations::put(const ConversationId& id, int priority, TimePoint since, MessageKey first) {
    erase(id);
    const auto turn = levels_[priority].insert({since, first, id}).first;
    places_.emplace(id, Place{priority, turn});
}

void ReadyConversations::erase(const ConversationId& id) {
    const auto place = places_.find(id);
    if (place == places_.end()) return;
    const auto level = levels_.find(place->second.priority);
    level->second.erase(place->second.turn);
    if (level->second.empty()) levels_.erase(level);
    places_.erase(place);
}

std::optional<ConversationId> ReadyConversations::take() {
    if (levels_.empty()) return std::nullopt;
    favoured_ = levels_.size() > 1 && favoured_ < favoured_max ? favoured_ + 1 : 0;
    const bool lower = levels_.size() > 1 && favoured_ == 0;
    const ConversationId id = lower ? first_of_lower().id : levels_.begin()->second.begin()->id;
    erase(id);
    return id;
}

const ReadyConversations::Turn& ReadyConversations::first_of_lower() const {
    const auto first = std::min_element(
        std::next(levels_.begin()), levels_.end(),
        [](const auto& one, const auto& other) { return *one.second.begin() < *other.second.begin(); });
    return *first->second.begin();
}

}  // namespace postrider
