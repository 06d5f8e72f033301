#pragma once

#include "lib/async/clock.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/result_spool.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace postrider {

/// A result on its way into the ledger.
struct PendingResult {
    AttemptResult result;
    TimePoint since;        ///< when it was handed in
    bool recorded = false;  ///< in the ledger
    bool kept = false;      ///< in the spool
};

/// Keeps in the spool what the ledger does not take at once, and forgets it there once the ledger has
/// it. A task of its own, so that a slow or failing disk never holds up the writing. Loop thread only.
class ResultKeeper {
public:
    /// `on_rest` is called when there is nothing left to keep or forget, or nothing that the disk does.
    ResultKeeper(Executor executor, Clock& clock, ResultSpool& spool, std::function<void()> on_rest);

    /// What an earlier process has kept. While the disk fails it is tried again.
    Task<std::vector<AttemptResult>> read();
    /// Keeps and forgets until cancelled. Needs no `read` before.
    Task<> run();

    /// It waits to be recorded; one that came by `read` is kept already.
    void watch(std::shared_ptr<PendingResult> pending);
    void recorded(PendingResult& pending);
    /// It will wait for long.
    void keep_at_once(const std::shared_ptr<PendingResult>& pending);
    /// Whether writing to the ledger fails: then whatever comes is kept at once.
    void set_writing_fails(bool fails);

    /// Results in the spool.
    std::size_t spooled() const { return spooled_.size(); }
    /// Of those watched and not recorded: how many are in the spool.
    std::size_t safe() const { return safe_; }
    /// Whether something is to be kept or forgotten that the disk has not refused.
    bool busy() const { return (keeping_ || !forgettable_.empty()) && !disk_fails_; }
    /// Why results are in memory only; "" while all is well.
    const std::string& trouble() const { return trouble_; }

private:
    Task<> keep_and_forget();
    Task<> keep_due();
    Task<> forget_recorded();
    TimePoint next_due() const;
    void note_kept(const std::vector<std::shared_ptr<PendingResult>>& kept);

    Clock& clock_;
    ResultSpool& spool_;
    std::function<void()> on_rest_;
    bool writing_fails_ = false;
    std::deque<std::shared_ptr<PendingResult>> unkept_;  // by `since`; those recorded leave it late
    std::unordered_set<AttemptId> spooled_;
    std::vector<AttemptId> forgettable_;
    std::size_t safe_ = 0;
    std::string trouble_;
    bool keeping_ = false;
    bool disk_fails_ = false;
    Wakeup wakeup_;
};

}  // namespace postrider
