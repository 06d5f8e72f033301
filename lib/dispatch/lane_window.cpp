#include "lib/dispatch/lane_window.h"

#include "lib/dispatch/message_keys.h"

#include <algorithm>
#include <cassert>

namespace postrider {

LaneWindow::State LaneWindow::state_of(const OutgoingMessage& message) {
    return {message.row_version, message.media_count, message.ready, message.attempt_open,
            message.last_attempt};
}

std::optional<LaneWindow::Overflow> LaneWindow::offer(Waiting waiting) {
    if (const auto known = key_of_.find(waiting.message.key.id); known != key_of_.end()) {
        const MessageKey key = known->second;
        if (taken_.contains(key)) return std::nullopt;  // the claim will find out what changed
        if (const auto it = whole_.find(key); it != whole_.end()) {
            if (state_of(it->second.message) == state_of(waiting.message)) return std::nullopt;
            waiting.idempotency_key = it->second.idempotency_key;
            waiting.asked = it->second.asked;
            if (waiting.asked) waiting.message.attempt_open = false;  // if so, it is that claim
        }
        remove(key);
    }
    insert(std::move(waiting));
    const auto from = first_that_gives_way();
    return from ? std::optional(drop_from(*from)) : std::nullopt;
}

/// The latest whole one if there are too many of these, the latest parked one if there are too many of
/// those; what is behind it goes with it.
std::optional<MessageKey> LaneWindow::first_that_gives_way() const {
    std::optional<MessageKey> from;
    if (whole_.size() + taken_.size() > limits_.whole) {
        const auto latest =
            std::find_if(whole_.rbegin(), whole_.rend(), [](const auto& each) { return !each.second.ahead; });
        if (latest != whole_.rend()) from = latest->first;
    }
    if (parked_.size() > limits_.parked) keep_earliest(from, parked_.rbegin()->first);
    return from;
}

LaneWindow::Overflow LaneWindow::drop_from(MessageKey from) {
    Overflow overflow{from, {}, {}};
    std::set<ConversationId> cut;
    while (!parked_.empty() && parked_.rbegin()->first >= from) {
        cut.insert(parked_.rbegin()->second.conversation);
        remove(parked_.rbegin()->first);
    }
    for (auto it = whole_.lower_bound(from); it != whole_.end();) {
        const auto current = it++;
        if (current->second.ahead) continue;
        cut.insert(current->second.conversation);
        overflow.dropped.push_back(remove(current->first));
    }
    overflow.conversations.assign(cut.begin(), cut.end());
    for (const ConversationId& id : cut) {
        for (Waiting& behind : drop_behind(id, from)) overflow.dropped.push_back(std::move(behind));
    }
    return overflow;
}

std::optional<Waiting> LaneWindow::take(TimePoint now) {
    while (const auto head = heads_.take(now)) {
        ready_.put(head->key, priority_of(conversations_.at(head->key)), head->at, head->rank);
    }
    const auto id = ready_.take();
    if (!id) return std::nullopt;
    Conversation& conversation = conversations_.at(*id);
    const MessageKey key = *conversation.waiting.begin();
    conversation.busy = true;
    Waiting waiting = remove(key);
    key_of_[key.id] = key;
    taken_[key] = {waiting.shard, waiting.message.attempt_open || waiting.parked};
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

std::optional<TimePoint> LaneWindow::next_at() const {
    return ready_.empty() ? heads_.next_at() : std::optional(TimePoint::min());
}

std::vector<Waiting> LaneWindow::drop_if(const std::function<bool(MessageKey, int)>& unwanted) {
    std::vector<MessageKey> keys;
    for (const auto& [key, parked] : parked_) {
        if (unwanted(key, parked.shard)) keys.push_back(key);
    }
    for (const MessageKey& key : keys) remove(key);
    std::vector<Waiting> dropped;
    for (auto it = whole_.begin(); it != whole_.end();) {
        const auto current = it++;
        if (unwanted(current->first, current->second.shard)) dropped.push_back(remove(current->first));
    }
    return dropped;
}

std::optional<Waiting> LaneWindow::drop(MessageId id) {
    const auto known = key_of_.find(id);
    if (known == key_of_.end() || taken_.contains(known->second)) return std::nullopt;
    return remove(known->second);
}

std::vector<Waiting> LaneWindow::drop_behind(const ConversationId& conversation, MessageKey key) {
    const auto found = conversations_.find(conversation);
    if (found == conversations_.end()) return {};
    const std::vector<MessageKey> behind(found->second.waiting.upper_bound(key), found->second.waiting.end());
    std::vector<Waiting> dropped;
    for (const MessageKey& each : behind) dropped.push_back(remove(each));
    return dropped;
}

std::vector<Waiting> LaneWindow::next_parked(const ConversationId& conversation, std::size_t limit) const {
    std::vector<Waiting> next;
    const auto found = conversations_.find(conversation);
    if (found == conversations_.end()) return next;
    limit = std::min(limit, limits_.of_conversation);
    for (const MessageKey& key : found->second.waiting) {
        const auto parked = parked_.find(key);
        if (parked == parked_.end() || next.size() >= limit) break;
        next.push_back(unpark(key, parked->second));
    }
    return next;
}

bool LaneWindow::holds(const OutgoingMessage& row) const {
    const auto known = key_of_.find(row.key.id);
    if (known == key_of_.end()) return false;
    if (const auto it = whole_.find(known->second); it != whole_.end())
        return state_of(it->second.message) == state_of(row);
    if (const auto it = parked_.find(known->second); it != parked_.end())
        return it->second.state == state_of(row);
    return true;
}

std::vector<MessageId> LaneWindow::in_hand() const {
    std::vector<MessageId> ids;
    for (const auto& [key, taken] : taken_) {
        if (!taken.only_looked_at) ids.push_back(key.id);
    }
    for (const auto& [key, waiting] : whole_) {
        if (waiting.asked) ids.push_back(key.id);
    }
    return ids;
}

bool LaneWindow::full() const {
    return whole_.size() + taken_.size() >= limits_.whole || parked_.size() >= limits_.parked;
}

bool LaneWindow::half_empty() const {
    return whole_.size() + taken_.size() <= limits_.whole / 2 &&
           parked_.size() <= limits_.parked - limits_.parked / 10;
}

void LaneWindow::for_each_waiting(const std::function<bool(MessageKey)>& each) const {
    auto whole = whole_.begin();
    auto parked = parked_.begin();
    while (whole != whole_.end() || parked != parked_.end()) {
        const bool first = parked == parked_.end() || (whole != whole_.end() && whole->first < parked->first);
        if (!each(first ? (whole++)->first : (parked++)->first)) return;
    }
}

void LaneWindow::insert(Waiting waiting) {
    const MessageKey key = waiting.message.key;
    const ConversationId id = waiting.conversation;
    Conversation& conversation = conversations_[id];
    const bool has_to_wait = waiting.parked;
    key_of_[key.id] = key;
    conversation.waiting.insert(key);
    count_priority(conversation, waiting.priority, 1);
    ++conversation.whole;
    ahead_ += waiting.ahead ? 1 : 0;
    whole_.insert_or_assign(key, std::move(waiting));
    const MessageKey first = *conversation.waiting.begin();
    const bool behind_parked = key != first && parked_.contains(first);
    if (has_to_wait || behind_parked) park(conversation, key);
    if (has_to_wait && key == first) park_behind(conversation, key);
    if (conversation.whole > limits_.of_conversation) park_last(conversation);
    update_head(id);
}

/// Keeps the place, and lets the rest go. Not of what may have been claimed: its key is all we have of that.
void LaneWindow::park(Conversation& conversation, MessageKey key) {
    const auto it = whole_.find(key);
    if (it == whole_.end() || it->second.asked || it->second.ahead) return;
    const Waiting& waiting = it->second;
    parked_[key] = {state_of(waiting.message), waiting.conversation, waiting.recipient, waiting.shard,
                    waiting.priority,          waiting.first_seen,   waiting.not_before};
    whole_.erase(it);
    --conversation.whole;
}

/// The last that is whole, never the first: that one goes next.
void LaneWindow::park_last(Conversation& conversation) {
    const auto whole = std::find_if(conversation.waiting.rbegin(), conversation.waiting.rend(),
                                    [this](MessageKey key) { return whole_.contains(key); });
    if (whole != conversation.waiting.rend() && *whole != *conversation.waiting.begin())
        park(conversation, *whole);
}

void LaneWindow::park_behind(Conversation& conversation, MessageKey key) {
    for (auto it = conversation.waiting.upper_bound(key); it != conversation.waiting.end(); ++it)
        park(conversation, *it);
}

Waiting LaneWindow::unpark(MessageKey key, const Parked& parked) {
    Waiting waiting;
    waiting.message.key = key;
    waiting.message.row_version = parked.state.row_version;
    waiting.message.media_count = parked.state.media_count;
    waiting.message.ready = parked.state.ready;
    waiting.message.attempt_open = parked.state.attempt_open;
    waiting.message.last_attempt = parked.state.last_attempt;
    waiting.conversation = parked.conversation;
    waiting.recipient = parked.recipient;
    waiting.shard = parked.shard;
    waiting.priority = parked.priority;
    waiting.first_seen = parked.first_seen;
    waiting.not_before = parked.not_before;
    waiting.parked = true;
    return waiting;
}

Waiting LaneWindow::remove(MessageKey key) {
    Waiting removed;
    if (const auto it = whole_.find(key); it != whole_.end()) {
        removed = std::move(it->second);
        whole_.erase(it);
        --conversations_.at(removed.conversation).whole;
        ahead_ -= removed.ahead ? 1 : 0;
    } else {
        removed = unpark(key, parked_.at(key));
        parked_.erase(key);
    }
    key_of_.erase(key.id);
    Conversation& conversation = conversations_.at(removed.conversation);
    conversation.waiting.erase(key);
    count_priority(conversation, removed.priority, -1);
    update_head(removed.conversation);
    return removed;
}

int LaneWindow::priority_of(const Conversation& conversation) {
    if (conversation.priorities.empty()) return 0;
    std::size_t others = 0;
    for (const auto& [priority, count] : conversation.priorities) others += count;
    const int largest = conversation.priorities.rbegin()->first;
    return others < conversation.waiting.size() ? std::max(largest, 0) : largest;
}

void LaneWindow::count_priority(Conversation& conversation, int priority, int by) {
    if (priority == 0) return;
    std::size_t& count = conversation.priorities[priority];
    count = by > 0 ? count + 1 : count - 1;
    if (count == 0) conversation.priorities.erase(priority);
}

TimePoint LaneWindow::moment_of(MessageKey key) const {
    const auto it = whole_.find(key);
    return it != whole_.end() ? it->second.not_before : parked_.at(key).not_before;
}

void LaneWindow::update_head(const ConversationId& id) {
    const auto found = conversations_.find(id);
    assert(found != conversations_.end());
    ready_.erase(id);
    if (found->second.busy) {
        heads_.erase(id);
        return;  // and not forgotten
    }
    if (found->second.waiting.empty()) {
        heads_.erase(id);
        conversations_.erase(found);
        return;
    }
    const MessageKey head = *found->second.waiting.begin();
    heads_.put(id, moment_of(head), head);
}

}  // namespace postrider
