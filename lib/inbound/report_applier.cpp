#include "lib/inbound/report_applier.h"

#include "lib/health/status_messages.h"
#include "lib/inbound/looking.h"

#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::size_t batch_max = 500;

}  // namespace

ReportApplier::ReportApplier(const Executor& executor, Clock& clock, InboxStore& store,
                             std::function<void()> on_applied, Metrics* metrics)
    : clock_(clock),
      store_(store),
      on_applied_(std::move(on_applied)),
      metrics_(metrics),
      wakeup_(executor) {}

Task<> ReportApplier::run() {
    Look look = [this] { return apply(); };
    co_await keep_looking(clock_, wakeup_, "delivery reports wait: they cannot be applied", std::move(look));
}

/// Whether there may be more to do at once.
Task<bool> ReportApplier::apply() {
    const AppliedReports applied = co_await store_.apply_reports(batch_max);
    for (const auto& [channel, count] : applied.delivered) delivered_[channel] += count;
    for (const auto& [channel, count] : applied.failed) failed_[channel] += count;
    if (metrics_ != nullptr) {
        for (const auto& [channel, lags] : applied.delivered_after) {
            for (const auto lag : lags) metrics_->channel(channel).delivered(lag);
        }
    }
    if (applied.applied > 0) on_applied_();
    co_return applied.applied > 0;
}

Check ReportApplier::check() const {
    Check check{.name = "reports"};
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    for (const auto& [channel, count] : delivered_) {
        delivered += count;
        check.measures.push_back({channel + "_delivered", static_cast<double>(count), "c", "", ""});
    }
    for (const auto& [channel, count] : failed_) {
        failed += count;
        check.measures.push_back({channel + "_undelivered", static_cast<double>(count), "c", "", ""});
    }
    say<status::reports_counts>(check, delivered, failed);
    return check;
}

}  // namespace postrider
