#include "lib/dispatch/lane.h"
#include "lib/dispatch/message_keys.h"

// What comes into a lane's window, and what has to leave it unsent.

namespace postrider {

void Lane::offer(Waiting waiting, Before before) {
    const MessageKey key = waiting.message.key;
    waiting.parked = waiting.message.retry_at && waiting.not_before > parts_.clock.now() + limits_.park_from;
    std::vector<Waiting> dropped;
    if (missed_from_ && key >= *missed_from_ && !may_go_ahead(waiting, before)) {
        // It is read again in its turn: taken in now, it could overtake what is missing before it. And so
        // could what is behind it.
        missed_.add(waiting.conversation);
        dropped = window_.drop_behind(waiting.conversation, key);
        if (auto older = window_.drop(key.id)) dropped.push_back(std::move(*older));
    } else {
        waiting.ahead = missed_from_ && key >= *missed_from_;
        if (auto overflow = window_.offer(std::move(waiting))) {
            for (const ConversationId& id : overflow->conversations) missed_.add(id);
            miss_from(overflow->from, false);
            dropped = std::move(overflow->dropped);
        }
    }
    let_go(std::move(dropped));
    wakeup_.ring();
}

/// Whether it may be taken in though something before it is missing: it is urgent, and nothing of its
/// conversation is missing.
bool Lane::may_go_ahead(const Waiting& waiting, Before before) {
    if (waiting.priority <= 0 || window_.ahead() >= limits_.window.whole / 10) return false;
    if (!missed_.known()) curious_ = true;
    switch (before) {
        case Before::being_read: return !missed_.may_have_read(waiting.conversation);
        case Before::remembered: return !missed_.may_have(waiting.conversation);
        case Before::unknown: return false;
    }
    return false;
}

void Lane::forget_waiting() {
    ++generation_;
    let_go(window_.drop_if([](MessageKey, int) { return true; }));
}

void Lane::on_offered(MessageKey after, std::optional<MessageKey> next) {
    if (!missed_from_ || !has_room() || *missed_from_ <= after) return;
    if (next && *next <= *missed_from_) return;
    missed_from_ = next;
    refills_ = true;
    if (next) return;
    missed_.forget();  // there is nothing any more
    curious_ = false;
}

void Lane::miss_all() {
    forget_waiting();
    missed_.forget();
    miss_from(next_key(first_key), true);
}

/// `room`: it is to be read again at once, not when half of the window is free.
void Lane::miss_from(MessageKey key, bool room) {
    keep_earliest(missed_from_, key);
    refills_ = room;
}

/// What leaves the window unsent must leave no claim behind: its row would wait for ever.
void Lane::let_go(std::vector<Waiting> dropped) {
    if (drained_) return;  // nobody would run it; the journal keeps the claim, and it ends as a doubt
    std::vector<std::string> keys;
    for (Waiting& waiting : dropped) {
        if (waiting.asked) keys.push_back(std::move(waiting.idempotency_key));
    }
    if (!keys.empty()) tasks_.spawn("withdraw " + channel_.name, withdraw(std::move(keys)));
}

Task<> Lane::withdraw(std::vector<std::string> keys) {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await parts_.outbox.withdraw(keys);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) co_return;
        if (was_cancelled(failure)) std::rethrow_exception(failure);
        co_await parts_.clock.sleep_until(parts_.clock.now() + limits_.database_wait);
    }
}

}  // namespace postrider
