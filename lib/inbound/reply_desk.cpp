#include "lib/inbound/reply_desk.h"

#include "lib/async/wakeup.h"

namespace postrider {

namespace {

/// So many hold a connection each; what is said to others goes as messages.
constexpr std::size_t waiting_max = 1000;
/// For a reply that has come to be recorded: with all else, below the 15 s that providers wait.
constexpr std::chrono::seconds recording_max{2};

}  // namespace

struct ReplyDesk::Waiting {
    Waiting(ReplyDesk& desk, std::int64_t message, std::size_t characters)
        : place(desk.waiting_.insert(desk.waiting_.end(), this)),
          list(desk.waiting_),
          message_id(message),
          characters_max(characters),
          changed(desk.executor_) {}
    ~Waiting() { list.erase(place); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    std::list<Waiting*>::iterator place;
    std::list<Waiting*>& list;
    std::int64_t message_id;
    std::size_t characters_max;
    bool is_claimed = false;
    std::optional<StoredTexts> texts{};
    Wakeup changed;
};

Task<std::optional<StoredTexts>> ReplyDesk::wait(std::int64_t message_id, std::size_t characters_max,
                                                 TimePoint until) {
    if (waiting_.size() >= waiting_max) co_return std::nullopt;
    Waiting own(*this, message_id, characters_max);
    for (;;) {
        const TimePoint end = own.is_claimed ? until + recording_max : until;
        if (own.texts || clock_.now() >= end) break;
        co_await own.changed.wait_until(clock_, end);
    }
    co_return std::move(own.texts);
}

bool ReplyDesk::claim(std::int64_t message_id, std::size_t characters) {
    bool any = false;
    for (Waiting* each : waiting_) {
        if (each->message_id != message_id || each->texts || characters > each->characters_max) continue;
        each->is_claimed = any = true;
    }
    return any;
}

bool ReplyDesk::hand(std::int64_t message_id, const StoredTexts& texts) {
    bool any = false;
    for (Waiting* each : waiting_) {
        if (each->message_id != message_id) continue;
        each->texts = texts;
        each->changed.ring();
        any = true;
    }
    return any;
}

}  // namespace postrider
