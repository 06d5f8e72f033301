#include "lib/dispatch/lane_window.h"

#include <cassert>

namespace postrider {

std::optional<MessageKey> LaneWindow::offer(Waiting waiting) {
    if (const auto known = key_of_.find(waiting.message.key.id); known != key_of_.end()) {
        const auto it = waiting_.find(known->second);
        if (it == waiting_.end()) return std::nullopt;  // taken: the claim will find out what changed
        if (it->second.message.row_version == waiting.message.row_version) return std::nullopt;
        waiting.idempotency_key = it->second.idempotency_key;
        remove(it);
    }
    insert(std::move(waiting));
    if (size() <= max_ || waiting_.empty()) return std::nullopt;
    const auto last = std::prev(waiting_.end());
    const MessageKey key = last->first;
    remove(last);
    return key;
}

std::optional<Waiting> LaneWindow::take(TimePoint now) {
    const auto head = heads_.take(now);
    if (!head) return std::nullopt;
    const auto it = waiting_.find(head->rank);
    assert(it != waiting_.end());
    Waiting waiting = std::move(it->second);
    waiting_.erase(it);
    Conversation& conversation = conversations_[head->key];
    conversation.waiting.erase(head->rank);
    conversation.busy = true;
    taken_.emplace(head->rank, waiting.shard);
    return waiting;
}

void LaneWindow::put_back(Waiting waiting) {
    done(waiting);
    insert(std::move(waiting));
}

void LaneWindow::done(const Waiting& waiting) {
    const std::size_t was_taken = taken_.erase(waiting.message.key);
    assert(was_taken == 1);
    static_cast<void>(was_taken);
    key_of_.erase(waiting.message.key.id);
    conversations_[waiting.conversation].busy = false;
    update_head(waiting.conversation);
}

void LaneWindow::drop_if(const std::function<bool(const Waiting&)>& unwanted) {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        const auto current = it++;
        if (unwanted(current->second)) remove(current);
    }
}

bool LaneWindow::holds(MessageId id, const std::string& row_version) const {
    const auto known = key_of_.find(id);
    if (known == key_of_.end()) return false;
    const auto it = waiting_.find(known->second);
    return it == waiting_.end() || it->second.message.row_version == row_version;
}

void LaneWindow::insert(Waiting waiting) {
    const MessageKey key = waiting.message.key;
    const ConversationId conversation = waiting.conversation;
    key_of_[key.id] = key;
    conversations_[conversation].waiting.insert(key);
    waiting_.insert_or_assign(key, std::move(waiting));
    update_head(conversation);
}

void LaneWindow::remove(std::map<MessageKey, Waiting>::iterator it) {
    const ConversationId conversation = it->second.conversation;
    key_of_.erase(it->first.id);
    conversations_[conversation].waiting.erase(it->first);
    waiting_.erase(it);
    update_head(conversation);
}

void LaneWindow::update_head(const ConversationId& id) {
    const auto found = conversations_.find(id);
    assert(found != conversations_.end());
    if (found->second.busy) return;  // not in heads_, and not forgotten
    if (found->second.waiting.empty()) {
        heads_.erase(id);
        conversations_.erase(found);
        return;
    }
    const MessageKey head = *found->second.waiting.begin();
    heads_.put(id, waiting_.at(head).not_before, head);
}

}  // namespace postrider
