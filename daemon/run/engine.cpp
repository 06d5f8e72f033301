#include "daemon/run/engine.h"

#include "daemon/run/dispatch_settings.h"
#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "lib/net/public_url.h"
#include "lib/store/pg_forwards.h"
#include "lib/store/pg_inbox.h"
#include "lib/store/pg_media_fetch.h"
#include "lib/store/pg_outbox.h"
#include "lib/store/pg_suppressions.h"
#include "lib/store/switchboard.h"
#include "shorteners/bitly.h"
#include "shorteners/signed_shortener.h"

#include <fmt/format.h>

#include <utility>

namespace postrider {

namespace {

constexpr std::chrono::minutes housekeeping_every{60};
constexpr std::chrono::seconds never_due_every{10};
constexpr std::chrono::seconds turn_max{60};
constexpr std::chrono::seconds clock_difference_max{5};
// While stopping: for one call to the database, and for all of them behind the grace.
constexpr std::chrono::seconds last_call_max{5};
constexpr std::chrono::seconds last_calls_max{5};
constexpr const char* own_program = "/proc/self/exe";  // also when another was installed meanwhile
constexpr std::size_t converted_bytes_max = std::size_t{64} << 20;
constexpr std::size_t file_threads = 4;  // some may hang on a network's file system

std::string seconds_text(std::chrono::milliseconds span) {
    return fmt::format("{:g}", std::chrono::duration<double>(span).count());
}

/// Where a channel's delivery reports reach us; empty: nowhere.
std::string report_url(const std::string& public_url, const std::string& channel) {
    return public_url.empty() ? "" : public_target_url(public_url, "/reports/" + channel);
}

/// In the order in which they are asked.
std::vector<std::unique_ptr<LinkShortener>> make_shorteners(const LinksConfig& config, HttpClient& http) {
    std::vector<std::unique_ptr<LinkShortener>> services;
    if (config.signing_key)
        services.push_back(make_signed_shortener(config.create_url, *config.signing_key, http));
    if (config.bitly_token) services.push_back(make_bitly(config.bitly_url, *config.bitly_token, http));
    return services;
}

}  // namespace

Engine::Engine(Executor executor, const Config& config, const std::filesystem::path& config_file,
               DatabaseSettings settings, const Installation& installation,
               std::vector<SiteChannel> site_channels, HttpClient& http, SmtpClient& smtp, Metrics& metrics)
    : executor_(executor),
      config_(config),
      switchboard_(std::move(site_channels)),
      site_schema_(installation.site_schema),
      installed_(installation.installed),
      http_(http),
      smtp_(smtp),
      clock_(executor),
      privacy_(config.encryption, installation.hash_salt),
      media_root_(config.media.root),
      media_links_(config.listen.public_url, config.encryption.secret_key.value_or(installation.hash_salt)),
      converter_(make_image_converter(own_program)),
      files_(file_threads),
      converted_(media_root_, *converter_, files_, converted_bytes_max),
      media_(media_root_, media_links_, clock_, files_, converted_),
      links_(clock_, make_shorteners(config.shorten_links, http)),
      media_routes_(media_root_, media_links_, config.listen.public_url, clock_, files_, converted_),
      random_(make_system_random()),
      database_(executor, settings),
      membership_(make_pg_membership(executor, settings)),
      outbox_(make_pg_outbox(
          database_, [this](TimePoint reading) { clock_.sync(reading, DatabaseClock::Steady::now()); },
          [this] { return membership_->daemon(); }, [this] { return held_; }, installation.has_lookup_keys,
          config.encryption)),
      spooling_(open_spooling(config, installation)),
      suppression_store_(make_pg_suppressions(database_)),
      suppressions_(executor, clock_, *suppression_store_, privacy_, config.phone_region),
      inbox_store_(make_pg_inbox(database_, installation.incoming_has_lookup_keys,
                                 {config.encryption, installation.has_lookup_keys})),
      media_fetch_store_(make_pg_media_fetch(database_, [this] { return membership_->daemon(); })),
      forward_store_(make_pg_forwards(database_, [this] { return membership_->daemon(); })),
      inbound_(
          std::make_unique<Inbound>(InboundParts{.executor = executor,
                                                 .clock = clock_,
                                                 .random = *random_,
                                                 .privacy = privacy_,
                                                 .store = *inbox_store_,
                                                 .media_store = *media_fetch_store_,
                                                 .forward_store = *forward_store_,
                                                 .http = http,
                                                 .files = files_,
                                                 .media = config.media,
                                                 .spool = spooling_.spool.get(),
                                                 .on_suppressions_changed = [this] { suppressions_.look(); },
                                                 .phone_region = config.phone_region,
                                                 .metrics = &metrics})),
      accounts_(executor, clock_),
      tasks_(executor),
      watchdogs_(executor) {
    database_.observe([&metrics](auto waited, auto took) { metrics.database_call(waited, took); });
    clock_.sync(installation.now, installation.read_at);
    held_.up_to = installation.last_message_id;
    DispatcherParts parts{executor, clock_, *random_, *outbox_, *membership_, privacy_};
    parts.media = &media_;
    if (!links_.empty()) parts.links = &links_;
    parts.spool = spooling_.spool.get();
    parts.suppressions = &suppressions_;
    parts.metrics = &metrics;
    dispatcher_ = std::make_unique<Dispatcher>(std::move(parts), dispatch_settings());
    jobs_ = std::make_unique<Jobs>(JobsParts{executor, clock_, *random_, database_, settings, http_,
                                             [this] { return membership_->daemon(); }, own_program,
                                             std::filesystem::absolute(config_file), files_, metrics});
    jobs_->set_jobs(config_);
    if (!config_.database.notify) return;
    doorbell_ = make_doorbell(executor, database_,
                              {.on_ring = [this](TimePoint from) { dispatcher_->intake().ring(from); },
                               .on_state = [this](bool works) { dispatcher_->intake().set_doorbell(works); },
                               .on_suspensions = [this] { dispatcher_->on_suspensions_changed(); }});
}

DispatchSettings Engine::dispatch_settings() {
    AccountWatch::Accounts accounts;
    const std::vector<ChannelConfig> channels = all_channels(config_, switchboard_.channels());
    inbound_->reception().set_listen(config_.listen);
    inbound_->set_channels(channels);
    inbound_->set_forward(config_.forward);
    DispatchSettings settings = make_dispatch_settings(
        config_, channels,
        [this](const std::string& channel) {
            return TransportParts{http_, smtp_, clock_, files_,
                                  report_url(config_.listen.public_url, channel)};
        },
        media_root_.readable());
    for (const ChannelSetup& each : settings.channels) accounts.emplace(each.channel.name, each.transport);
    accounts_.watch(accounts);
    // What was long overdue when Postrider came is left to the operator, not flooded out.
    held_.before = installed_ - config_.lateness_max;
    return settings;
}

void Engine::start() {
    watchdogs_.spawn("database watchdog", database_.watch());
    watchdogs_.spawn("membership watchdog", membership_->watch());
    tasks_.spawn("housekeeping", housekeeping());
    tasks_.spawn("accounts", accounts_.run());
    tasks_.spawn("suppressions", suppressions_.run());
    inbound_->start();
    dispatcher_->start();
    jobs_->start();
    if (doorbell_) tasks_.spawn("doorbell", doorbell_->run());
}

Task<> Engine::stop(std::chrono::milliseconds grace) {
    database_.cut_after(last_call_max);
    watchdogs_.spawn("limit of stopping", close_database_after(grace + last_calls_max));
    TaskGroup ending(executor_);
    ending.spawn("end of jobs", jobs_->stop(grace));
    // A run whose daemon has signed off would look as if it were left.
    std::function<Task<>()> jobs_have_ended = [&ending] { return ending.join(); };
    co_await dispatcher_->stop(grace, std::move(jobs_have_ended));
}

Task<> Engine::close() {
    co_await inbound_->stop();
    tasks_.cancel();
    co_await tasks_.join();
    // Last: until here there are calls that only a watchdog can end.
    watchdogs_.cancel();
    co_await watchdogs_.join();
}

/// Whatever a silent database does, stopping comes to its end.
Task<> Engine::close_database_after(std::chrono::milliseconds limit) {
    co_await sleep_for(limit);
    log::error("the database does not answer; stopping without it");
    close_database();
    dispatcher_->cut_short();
}

void Engine::close_database() {
    database_.close();
    membership_->close();
}

void Engine::reconfigure(const Config& config) {
    const Config started_with = std::exchange(config_, config);
    // What was built of these is there until a restart.
    config_.listen.public_url = started_with.listen.public_url;
    config_.media = started_with.media;
    config_.switchboard = started_with.switchboard;
    // A conversation under way would become two.
    config_.phone_region = started_with.phone_region;
    dispatcher_->reconfigure(dispatch_settings());
    jobs_->set_jobs(config_);
}

Task<SiteMonitoring> Engine::site_monitoring() {
    auto work = [](pqxx::connection& connection) { return read_site_monitoring(connection); };
    co_return co_await database_.run(work);
}

Task<SiteTaskReport> Engine::site_tasks() { return read_site_task_report(database_, clock_, config_); }

/// The site's operators change it when they like; nobody tells us.
Task<> Engine::look_at_switchboard() {
    auto work = [this](pqxx::connection& connection) { return read_site_channels(connection, site_schema_); };
    std::vector<SiteChannel> rows;
    try {
        rows = co_await database_.run(std::ref(work));
    } catch (const DatabaseSetupError& error) {
        switchboard_.set_trouble(error.what());
        co_return;
    }
    switchboard_.set_trouble("");
    if (switchboard_.update(std::move(rows))) dispatcher_->reconfigure(dispatch_settings());
}

Task<> Engine::housekeeping() {
    auto next_maintenance = std::chrono::steady_clock::now();
    for (;;) {
        std::exception_ptr failure;
        try {
            const bool due = std::chrono::steady_clock::now() >= next_maintenance;
            if (due) {
                co_await maintain(database_);
                next_maintenance += housekeeping_every;
            }
            vitals_ = co_await read_vitals(database_, held_);
            clock_.sync(vitals_.now, DatabaseClock::Steady::now());
            if (config_.switchboard) co_await look_at_switchboard();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (failure) log::warn("housekeeping failed; trying on", {{"error", describe(failure)}});
        co_await sleep_for(never_due_every);
    }
}

bool Engine::progresses() const { return clock_.now() - dispatcher_->intake().last_turn() < turn_max; }

std::vector<Check> Engine::checks() const {
    std::vector<Check> checks{message_check(), database_.check()};
    if (doorbell_) checks.push_back(doorbell_->check());
    for (Check& check : dispatcher_->checks()) checks.push_back(std::move(check));
    for (Check& check : accounts_.checks()) checks.push_back(std::move(check));
    if (auto check = switchboard_.check()) checks.push_back(std::move(*check));
    if (auto check = doubt_check()) checks.push_back(std::move(*check));
    for (Check& check : inbound_->checks()) checks.push_back(std::move(check));
    if (auto check = spooling_.check()) checks.push_back(std::move(*check));
    for (Check& check : jobs_->checks()) checks.push_back(std::move(check));
    checks.push_back(clock_check());
    return checks;
}

Check Engine::message_check() const {
    const Lane::Backlog backlog = dispatcher_->backlog();
    const auto lag = std::chrono::duration_cast<std::chrono::milliseconds>(backlog.lag);
    Check check{.name = "messages"};
    say<status::messages_due>(check, backlog.due, seconds_text(lag));
    if (lag >= config_.status.lag_critical) {
        say<status::messages_very_late>(check);
    } else if (lag >= config_.status.lag_warning) {
        say<status::messages_late>(check);
    }
    if (vitals_.never_due > 0) say<status::messages_never_due>(check, vitals_.never_due);
    if (vitals_.late > 0) say<status::messages_overdue>(check, vitals_.late);
    if (vitals_.held > 0) say<status::messages_held>(check, vitals_.held);
    check.measures = {{"due", static_cast<double>(backlog.due), "", "", ""},
                      {"lag", std::chrono::duration<double>(lag).count(), "s",
                       seconds_text(config_.status.lag_warning), seconds_text(config_.status.lag_critical)}};
    return check;
}

/// Nothing, as long as everything that ended in doubt has been seen to.
std::optional<Check> Engine::doubt_check() const {
    if (vitals_.doubts == 0) return std::nullopt;
    Check check{.name = "ended in doubt"};
    say<status::doubt_ended>(check, vitals_.doubts);
    check.measures = {{"ended_in_doubt", static_cast<double>(vitals_.doubts), "", "", ""}};
    return check;
}

Check Engine::clock_check() const {
    const auto ahead = clock_.local_wall_ahead();
    const double seconds = std::chrono::duration<double>(ahead).count();
    Check check{.name = "clock"};
    const char* const side = seconds < 0 ? "behind" : "ahead of";
    if (std::chrono::abs(ahead) > clock_difference_max) {
        say<status::clock_wrong>(check, std::abs(seconds), side);
    } else {
        say<status::clock_right>(check, std::abs(seconds), side);
    }
    check.measures = {{"clock_ahead", seconds, "s", "", ""}};
    return check;
}

}  // namespace postrider
