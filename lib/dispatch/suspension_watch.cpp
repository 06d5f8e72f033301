#include "lib/dispatch/suspension_watch.h"

#include "lib/dispatch/suspensions.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{2};

}  // namespace

SuspensionWatch::SuspensionWatch(const Executor& executor, Clock& clock, Outbox& outbox, const Lanes& lanes)
    : clock_(clock), outbox_(outbox), lanes_(lanes), wakeup_(executor) {}

Task<> SuspensionWatch::run() {
    for (;;) {
        std::optional<std::vector<Suspension>> now;
        std::exception_ptr failure;
        try {
            now = co_await outbox_.read_suspensions();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (now && *now != suspensions_) {
            suspensions_ = std::move(*now);
            for (const Suspension& each : suspensions_) {
                log::warn("suspended", {{"channel", each.channel.empty() ? "(all)" : each.channel}});
            }
            if (suspensions_.empty()) log::info("nothing is suspended any more");
            tell_lanes();
        }
        co_await wakeup_.wait_until(clock_, clock_.now() + look_every);
    }
}

void SuspensionWatch::tell_lanes() {
    for (const auto& [name, lane] : lanes_) {
        const Suspension* const found = find_suspension(suspensions_, name);
        lane->suspend(found ? std::optional<Suspension>(*found) : std::nullopt);
    }
}

std::optional<Check> SuspensionWatch::check() const {
    const auto concerns_all = [this](const Suspension& each) {
        return each.channel.empty() && !each.over(clock_.now());
    };
    // What the database says of itself comes before what an operator said of it.
    const auto copy = std::find_if(suspensions_.begin(), suspensions_.end(), [&](const Suspension& each) {
        return each.copy_found && concerns_all(each);
    });
    const auto all = copy != suspensions_.end()
                         ? copy
                         : std::find_if(suspensions_.begin(), suspensions_.end(), concerns_all);
    if (all == suspensions_.end()) return std::nullopt;
    Check check{.name = "delivery"};
    if (all->copy_found) {
        say<status::delivery_copy>(check, to_text(*all));
    } else {
        say<status::delivery_suspended>(check, to_text(*all));
    }
    return check;
}

}  // namespace postrider
