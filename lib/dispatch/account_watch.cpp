#include "lib/dispatch/account_watch.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::minutes ask_every{10};
constexpr std::chrono::seconds answer_max{30};
constexpr std::chrono::minutes unknown_max{60};

std::string minutes_text(TimePoint::duration span) {
    return fmt::format("{} min", std::chrono::floor<std::chrono::minutes>(span).count());
}

}  // namespace

void AccountWatch::watch(const Accounts& accounts) {
    std::map<std::string, Watched> next;
    for (const auto& [channel, transport] : accounts) {
        if (!transport || transport->watched_of_account().empty()) continue;
        const auto known = watched_.find(channel);
        Watched watched;
        watched.known_at = clock_.now();
        if (known != watched_.end()) watched = std::move(known->second);
        watched.transport = transport;
        watched.ask_at = TimePoint::min();
        next.emplace(channel, std::move(watched));
    }
    watched_ = std::move(next);
    wakeup_.ring();
}

Task<> AccountWatch::run() {
    for (;;) {
        const auto first =
            std::min_element(watched_.begin(), watched_.end(),
                             [](const auto& a, const auto& b) { return a.second.ask_at < b.second.ask_at; });
        if (first == watched_.end()) {
            co_await wakeup_.wait();
        } else if (first->second.ask_at > clock_.now()) {
            co_await wakeup_.wait_until(clock_, first->second.ask_at);
        } else {
            std::string channel = first->first;
            co_await ask(std::move(channel));
        }
    }
}

Task<> AccountWatch::ask(std::string channel) {
    const std::shared_ptr<Transport> transport = watched_.at(channel).transport;
    std::optional<Check> check;
    std::exception_ptr failure;
    try {
        check = co_await within(clock_, answer_max, transport->account_check());
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (failure && state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
    const auto found = watched_.find(channel);
    // A reload came between: its transport is asked next.
    if (found == watched_.end() || found->second.transport != transport) co_return;
    Watched& watched = found->second;
    watched.ask_at = clock_.now() + ask_every;
    std::string trouble;
    if (check) {
        watched.check = std::move(check);
        watched.known_at = clock_.now();
    } else {
        trouble = failure ? postrider::describe(failure) : "no answer in time";
    }
    if (!trouble.empty() && trouble != watched.trouble) {
        log::warn("an account cannot be looked at; asking again",
                  {{"channel", channel}, {"what", transport->watched_of_account()}, {"error", trouble}});
    }
    watched.trouble = std::move(trouble);
}

std::vector<Check> AccountWatch::checks() const {
    std::vector<Check> checks;
    for (const auto& [channel, watched] : watched_) checks.push_back(describe(channel, watched));
    return checks;
}

Check AccountWatch::describe(const std::string& channel, const Watched& watched) const {
    Check check = watched.check.value_or(Check{});
    if (!watched.check) say<status::account_unknown>(check);
    check.name = fmt::format("{} {}", watched.transport->watched_of_account(), channel);
    for (Measure& measure : check.measures) measure.label = channel + "_" + measure.label;
    if (watched.trouble.empty()) return check;
    const auto age = clock_.now() - watched.known_at;
    if (watched.check) say<status::account_old>(check, minutes_text(age));
    // What was known so long ago says little; that it was bad stays bad.
    if (age >= unknown_max) {
        say<status::account_unreachable_long>(check, watched.trouble);
    } else {
        say<status::account_unreachable>(check, watched.trouble);
    }
    return check;
}

}  // namespace postrider
