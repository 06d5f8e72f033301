#pragma once

#include "lib/async/clock.h"
#include "lib/async/task.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Texts as rows have them: sealed where there is a key for that.
using StoredTexts = std::vector<std::string>;

/// Where webhooks wait for what the application says to the message that they brought. Loop thread only.
class ReplyDesk {
public:
    explicit ReplyDesk(Executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}
    ReplyDesk(const ReplyDesk&) = delete;
    ReplyDesk& operator=(const ReplyDesk&) = delete;

    /// For how long each waits; zero: no application is asked for replies.
    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }
    bool is_open() const { return patience_ > patience_.zero(); }
    std::chrono::milliseconds patience() const { return patience_; }

    /// Until that message is replied to, or until `until`. Whoever is claimed by then waits on, for as long as the
    /// database may take. Nothing: it was not replied to in time, or too many wait.
    /// `characters_max`: of a text that the webhook's answer can carry.
    Task<std::optional<StoredTexts>> wait(std::int64_t message_id, std::size_t characters_max,
                                          TimePoint until);

    /// Whether a webhook waits for that, and can carry texts of that many characters. It will be handed them.
    bool claim(std::int64_t message_id, std::size_t characters);

    /// Once they are recorded as its answer. False: no webhook waits any more, so nobody has been told.
    bool hand(std::int64_t message_id, const StoredTexts& texts);

private:
    struct Waiting;

    Executor executor_;
    Clock& clock_;
    std::chrono::milliseconds patience_{0};
    std::list<Waiting*> waiting_;
};

}  // namespace postrider
