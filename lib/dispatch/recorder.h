#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/result_keeper.h"
#include "lib/dispatch/result_spool.h"
#include "lib/health/check.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace postrider {

/// Writes results in batches: whatever comes in while one batch is being written makes the next.
/// What the ledger does not take at once is kept in the spool until it has, and what an earlier
/// process left there is written first.
class Recorder {
public:
    /// Without a spool, results wait in memory only.
    Recorder(Executor executor, Outbox& outbox, Clock& clock, ResultSpool* spool = nullptr);

    /// Comes back once the results are in the database. Cancelled before that, the results are
    /// written all the same, as long as `run` goes on.
    Task<> record(std::vector<AttemptResult> results);

    /// Writes until cancelled. What cannot be written is tried again for as long as it takes.
    Task<> run();
    /// To run beside `run`: brings in what is in the spool, and keeps results safe there. Until
    /// cancelled; without a spool it ends at once.
    Task<> keep_safe();

    /// Comes back once everything handed in has been written, and the spool has been cleared of it as
    /// far as the disk lets us.
    Task<> drain();

    /// Whether all that an earlier process left in the spool is in the ledger. Before that, nobody
    /// may conclude from an open attempt that its result is not known.
    bool replayed() const { return replays_left_ == 0; }
    Task<> wait_replayed();

    std::size_t pending() const { return pending_; }
    /// Of those pending: how many are in the spool.
    std::size_t safe() const { return keeper_ ? keeper_->safe() : 0; }
    Check check() const;

private:
    struct Submission {
        Submission(const Executor& executor, std::size_t results) : left(results), written(executor) {}
        std::size_t left;  // results not yet written
        Wakeup written;
    };
    struct Entry {
        std::shared_ptr<PendingResult> pending;
        std::shared_ptr<Submission> submission;  // none: from the spool
    };
    using Batch = std::vector<Entry>;

    void submit(AttemptResult result, std::shared_ptr<Submission> submission);
    Task<> write(Batch batch);
    void on_written(const Batch& batch);
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
    std::unique_ptr<ResultKeeper> keeper_;  // none without a spool
    std::size_t replays_left_;              // one more until the spool has been read
    Wakeup replayed_;
};

}  // namespace postrider
