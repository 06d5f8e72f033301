#pragma once

#include "lib/async/clock.h"
#include "lib/async/wakeup.h"
#include "lib/health/check.h"
#include "lib/health/metrics.h"
#include "lib/inbound/inbox_store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace postrider {

/// Writes what delivery reports say into their messages' rows: at once where their requests are known, and
/// later where a report was faster than our own record of the request. Loop thread only.
class ReportApplier {
public:
    /// All outlive it. `on_applied` is called when some have been. Without `metrics` nothing is measured.
    ReportApplier(const Executor& executor, Clock& clock, InboxStore& store, std::function<void()> on_applied,
                  Metrics* metrics = nullptr);

    /// Looks when told to, and every other second, until cancelled.
    Task<> run();
    void look() { wakeup_.ring(); }

    Check check() const;

private:
    Task<bool> apply();

    Clock& clock_;
    InboxStore& store_;
    std::function<void()> on_applied_;
    Metrics* metrics_;
    Wakeup wakeup_;
    std::map<std::string, std::uint64_t> delivered_;  // by channel
    std::map<std::string, std::uint64_t> failed_;
};

}  // namespace postrider
