#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/result_keeper.h"
#include "lib/dispatch/result_spool.h"
#include "lib/health/check.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace postrider {

/// Writes results in batches: whatever comes in while one batch is being written makes the next, and
/// when more than a batch has come, a second is written beside it.
/// What the ledger does not take at once is kept in the spool until it has, and what an earlier
/// process left there is written first. A result that the ledger refuses for what is in it is set
/// aside and tried again every minute: it holds up nothing else.
class Recorder {
public:
    /// Without a spool, results wait in memory only.
    Recorder(Executor executor, Outbox& outbox, Clock& clock, ResultSpool* spool = nullptr);

    /// Comes back once each of the results is in the database, or was refused by it; which those are
    /// it returns. Cancelled before that, the results are written all the same, as long as `run` goes on.
    Task<std::set<AttemptId>> record(std::vector<AttemptResult> results);

    /// Writes until cancelled. What cannot be written is tried again for as long as it takes.
    Task<> run();
    /// To run beside `run`: brings in what is in the spool, and keeps results safe there. Until
    /// cancelled; without a spool it ends at once.
    Task<> keep_safe();

    /// Comes back once everything handed in has been written or refused, and the spool has been cleared
    /// of the one and has got the other, as far as the disk lets us.
    Task<> drain();

    /// Comes back once it is known what an earlier process left in the spool. Before that, nobody may
    /// conclude from an open attempt that its result is not known; and then not of those `waiting`.
    Task<> wait_for_spool();
    /// Of results that are not in the ledger yet: their messages, and what providers call them.
    struct Waiting {
        std::vector<MessageId> messages;
        std::set<std::string> provider_ids;
    };
    Waiting waiting() const;

    std::size_t pending() const { return unrecorded_.size(); }
    /// Of those pending: how many are in the spool.
    std::size_t safe() const { return keeper_ ? keeper_->safe() : 0; }
    Check check() const;

private:
    struct Submission {
        Submission(const Executor& executor, std::size_t results) : left(results), decided(executor) {}
        std::size_t left;  // results neither written nor refused
        std::set<AttemptId> refused;
        Wakeup decided;
    };
    struct Entry {
        std::shared_ptr<PendingResult> pending;
        std::shared_ptr<Submission> submission;  // none: from the spool, or refused before
        std::string refusal = {};                // the ledger's words; such a one is tried alone
    };
    using Batch = std::vector<Entry>;

    void submit(AttemptResult result, std::shared_ptr<Submission> submission);
    void ring_writers();
    Task<> write_what_comes();
    Task<> write_what_is_too_much();
    Task<bool> write_next();
    Task<> write(Batch batch);
    void on_written(Batch& batch);
    void on_refused(Batch batch, const std::string& refusal);
    void on_answered();
    void set_aside(Entry entry, const std::string& refusal);
    void try_refused_again();
    static void decide(Entry& entry, bool refused);
    bool at_rest() const;
    Batch take_batch();
    std::string refused_names() const;

    Executor executor_;
    Outbox& outbox_;
    Clock& clock_;
    std::deque<Entry> queue_;
    std::unordered_set<MessageId> under_way_;  // a message's results are written one after the other
    std::vector<Entry> refused_;
    TimePoint refused_next_;                                         // when they are tried again
    std::unordered_set<std::shared_ptr<PendingResult>> unrecorded_;  // queued, being written, or refused
    std::size_t batch_max_;  // shrinks while writing fails, so that a bad result soon stands alone
    int failures_ = 0;       // in a row
    std::string trouble_;
    Wakeup submitted_;
    Wakeup too_much_;  // for one writer
    Wakeup emptied_;
    std::unique_ptr<ResultKeeper> keeper_;  // none without a spool
    bool spool_known_;
    Wakeup spool_read_;
};

}  // namespace postrider
