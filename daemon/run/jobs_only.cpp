#include "daemon/run/jobs_only.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "lib/store/housekeeping.h"

namespace postrider {

namespace {

constexpr std::chrono::seconds clock_every{10};
// While stopping: for one call to the database, and for all of them behind the grace.
constexpr std::chrono::seconds last_call_max{5};
constexpr std::chrono::seconds last_calls_max{5};
constexpr const char* own_program = "/proc/self/exe";

}  // namespace

JobsOnly::JobsOnly(Executor executor, const Config& config, const std::filesystem::path& config_file,
                   const DatabaseSettings& settings, const Installation& installation, HttpClient& http,
                   Metrics& metrics)
    : executor_(executor),
      config_(config),
      clock_(executor),
      random_(make_system_random()),
      database_(executor, settings),
      members_(make_pg_membership(executor, settings, DaemonPart::jobs)),
      membership_(*members_, clock_, {.on_change = [] {}, .in_flight = [](int) { return false; }}),
      jobs_(std::make_unique<Jobs>(JobsParts{executor, clock_, *random_, database_, settings, http,
                                             [this] { return members_->daemon(); }, own_program,
                                             std::filesystem::absolute(config_file), files_, metrics})),
      tasks_(executor),
      watchdogs_(executor) {
    clock_.sync(installation.now, installation.read_at);
    jobs_->set_jobs(config);
}

void JobsOnly::reconfigure(const Config& config) {
    config_ = config;
    jobs_->set_jobs(config_);
}

void JobsOnly::start() {
    watchdogs_.spawn("database watchdog", database_.watch());
    watchdogs_.spawn("membership watchdog", members_->watch());
    tasks_.spawn("clock", follow_clock());
    tasks_.spawn("membership", membership_.run());
    jobs_->start();
}

Task<> JobsOnly::stop(std::chrono::milliseconds grace) {
    database_.cut_after(last_call_max);
    watchdogs_.spawn("limit of stopping", close_database_after(grace + last_calls_max));
    co_await jobs_->stop(grace);
    // A run whose daemon has signed off would look as if it were left.
    tasks_.cancel();
    co_await tasks_.join();
    std::exception_ptr failure;
    try {
        co_await ends_within(clock_, last_calls_max, membership_.leave());
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) log::warn("could not sign off; peers will notice", {{"error", describe(failure)}});
}

Task<> JobsOnly::close() {
    watchdogs_.cancel();
    co_await watchdogs_.join();
}

/// Whatever a silent database does, stopping comes to its end.
Task<> JobsOnly::close_database_after(std::chrono::milliseconds limit) {
    co_await sleep_for(limit);
    log::error("the database does not answer; stopping without it");
    database_.close();
    members_->close();
}

Task<> JobsOnly::follow_clock() {
    for (;;) {
        std::exception_ptr failure;
        try {
            const TimePoint reading = co_await read_clock(database_);
            clock_.sync(reading, DatabaseClock::Steady::now());
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        co_await sleep_for(clock_every);
    }
}

Task<SiteMonitoring> JobsOnly::site_monitoring() {
    auto work = [](pqxx::connection& connection) { return read_site_monitoring(connection); };
    co_return co_await database_.run(work);
}

std::vector<Check> JobsOnly::checks() const {
    std::vector<Check> checks{database_.check()};
    Check member{.name = "membership"};
    if (membership_.granted()) {
        say<status::membership_jobs_only>(member);
    } else {
        say<status::membership_no_jobs>(member);
    }
    checks.push_back(std::move(member));
    for (Check& check : jobs_->checks()) checks.push_back(std::move(check));
    return checks;
}

}  // namespace postrider
