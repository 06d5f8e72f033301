#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/outbox.h"
#include "lib/health/check.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace postrider {

/// Writes results in batches: whatever comes in while one batch is being written makes the next.
class Recorder {
public:
    Recorder(Executor executor, Outbox& outbox, Clock& clock);

    /// Comes back once the results are in the database. Cancelled before that, the results are
    /// written all the same, as long as `run` goes on.
    Task<> record(std::vector<AttemptResult> results);

    /// Writes until cancelled. What cannot be written is tried again for as long as it takes.
    Task<> run();

    /// Comes back once everything handed in has been written.
    Task<> drain();

    std::size_t pending() const { return pending_; }
    Check check() const;

private:
    struct Submission {
        Submission(const Executor& executor, std::size_t results) : left(results), written(executor) {}
        std::size_t left;  // results not yet written
        Wakeup written;
    };
    struct Entry {
        AttemptResult result;
        std::shared_ptr<Submission> submission;
    };
    using Batch = std::vector<Entry>;

    Task<> write(Batch batch);
    Batch take_batch();

    Executor executor_;
    Outbox& outbox_;
    Clock& clock_;
    std::deque<Entry> queue_;
    std::size_t pending_ = 0;  // results, those being written included
    std::size_t batch_max_;    // shrinks while writing fails, so that a bad result soon stands alone
    int failures_ = 0;         // in a row
    std::string trouble_;
    Wakeup submitted_;
    Wakeup emptied_;
};

}  // namespace postrider
