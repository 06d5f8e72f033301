#include "lib/dispatch/lane_window.h"

#include <algorithm>
#include <cassert>

namespace postrider {

namespace {

/// Media, attempts, and being declared complete are kept beside the row: its version does not tell.
bool is_same(const OutgoingMessage& one, const OutgoingMessage& other) {
    return one.row_version == other.row_version && one.media_count == other.media_count &&
           one.ready == other.ready && one.attempt_open == other.attempt_open &&
           one.last_attempt == other.last_attempt;
}

}  // namespace

std::optional<Waiting> LaneWindow::offer(Waiting waiting) {
    if (const auto known = key_of_.find(waiting.message.key.id); known != key_of_.end()) {
        const auto it = waiting_.find(known->second);
        if (it == waiting_.end()) return std::nullopt;  // taken: the claim will find out what changed
        if (is_same(it->second.message, waiting.message)) return std::nullopt;
        const Waiting older = remove(it);
        waiting.idempotency_key = older.idempotency_key;
        waiting.asked = older.asked;
        if (older.asked) waiting.message.attempt_open = false;  // if so, it is the claim that was asked for
    }
    insert(std::move(waiting));
    if (size() <= max_ || waiting_.empty()) return std::nullopt;
    return remove(std::prev(waiting_.end()));
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
    taken_[head->rank] = {waiting.shard, waiting.message.attempt_open};
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

std::vector<Waiting> LaneWindow::drop_if(const std::function<bool(const Waiting&)>& unwanted) {
    std::vector<Waiting> dropped;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        const auto current = it++;
        if (unwanted(current->second)) dropped.push_back(remove(current));
    }
    return dropped;
}

std::optional<Waiting> LaneWindow::drop(MessageId id) {
    const auto known = key_of_.find(id);
    if (known == key_of_.end()) return std::nullopt;
    const auto it = waiting_.find(known->second);
    if (it == waiting_.end()) return std::nullopt;
    return remove(it);
}

bool LaneWindow::holds(const OutgoingMessage& row) const {
    const auto known = key_of_.find(row.key.id);
    if (known == key_of_.end()) return false;
    const auto it = waiting_.find(known->second);
    return it == waiting_.end() || is_same(it->second.message, row);
}

std::vector<MessageId> LaneWindow::in_hand() const {
    std::vector<MessageId> ids;
    for (const auto& [key, taken] : taken_) {
        if (!taken.only_looked_at) ids.push_back(key.id);
    }
    for (const auto& [key, waiting] : waiting_) {
        if (waiting.asked) ids.push_back(key.id);
    }
    return ids;
}

void LaneWindow::insert(Waiting waiting) {
    const MessageKey key = waiting.message.key;
    const ConversationId conversation = waiting.conversation;
    key_of_[key.id] = key;
    conversations_[conversation].waiting.insert(key);
    waiting_.insert_or_assign(key, std::move(waiting));
    update_head(conversation);
}

Waiting LaneWindow::remove(std::map<MessageKey, Waiting>::iterator it) {
    Waiting removed = std::move(it->second);
    key_of_.erase(it->first.id);
    conversations_[removed.conversation].waiting.erase(it->first);
    waiting_.erase(it);
    update_head(removed.conversation);
    return removed;
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
