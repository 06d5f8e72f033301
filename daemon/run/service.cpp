#include "daemon/run/service.h"

#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "daemon/run/jobs_only.h"
#include "daemon/run/supervisor_notify.h"
#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "lib/net/client_address.h"
#include "lib/quicksilver/status_page.h"
#include "lib/spool/spool_file.h"
#include "lib/store/switchboard.h"
#include "transports/transports.h"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>

namespace postrider {

namespace {

constexpr std::chrono::seconds drain_grace{10};
constexpr std::chrono::milliseconds loop_look_every{200};
constexpr std::chrono::milliseconds start_patience{5000};  // providers wait for longer
constexpr std::chrono::milliseconds start_look_every{10};
constexpr std::chrono::milliseconds search_patience{2000};
constexpr std::chrono::milliseconds first_pause{250};
constexpr std::chrono::milliseconds pause_max{10000};

Task<ServerAnswer> answered(ServerAnswer answer) { co_return answer; }

}  // namespace

Service::Service(boost::asio::io_context& io, std::filesystem::path config_file, Config config,
                 DaemonPart part)
    : executor_(io.get_executor()),
      config_file_(std::move(config_file)),
      config_(std::move(config)),
      part_(part),
      signals_(io, SIGTERM, SIGINT, SIGHUP),
      http_(make_http_client(executor_)),
      smtp_(make_smtp_client(executor_)),
      alerts_(executor_, *http_, *smtp_, [this] { return report(); }),
      nagios_({.access = [this] { return status_access(); },
               .report = [this] { return report(); },
               .site = [this]() -> Task<SiteMonitoring> {
                   if (!duty_) throw std::runtime_error("the database has not been found yet");
                   return duty_->site_monitoring();
               },
               .site_tasks = [this]() -> Task<boost::json::object> {
                   if (!duty_) throw std::runtime_error("the database has not been found yet");
                   const SiteTaskReport found = co_await duty_->site_tasks();
                   co_return status_page(found.views, found.now);
               }}),
      stop_asked_(executor_),
      work_(executor_),
      background_(executor_) {}

Task<int> Service::run() {
    listener_ = std::make_unique<Listener>(executor_, config_.listen, request_handler());
    log::info("postrider starts", {{"version", POSTRIDER_VERSION},
                                   {"address", config_.listen.address},
                                   {"port", listener_->port()},
                                   {"channels", config_.channels.size()}});
    background_.spawn("signals", watch_signals());
    background_.spawn("loop", measure_loop());
    alerts_.configure(config_);
    background_.spawn("alerts", alerts_.run());
    listener_->start(background_);
    if (const auto interval = supervisor::watchdog_interval()) {
        background_.spawn("supervisor's watchdog", feed_watchdog(*interval / 3));
    }
    supervisor::ready();
    work_.spawn("serve", serve());
    co_await stop_asked_.wait();
    work_.cancel();
    if (searched_) searched_->close();
    co_await work_.join();
    co_await stop();
    background_.cancel();
    co_await background_.join();
    if (duty_) co_await duty_->close();
    log::info("postrider ends", {{"exit_code", exit_code_}});
    co_return exit_code_;
}

RequestHandler Service::request_handler() {
    StatusSources sources;
    sources.report = [this] { return report(); };
    sources.metrics = [this](const Report& report) { return metrics_.text(report); };
    sources.access = [this] { return status_access(); };
    auto status = make_status_routes(std::move(sources));
    // What was built of the public URL is there until a restart.
    return [this, status = std::move(status), public_url = config_.listen.public_url](ServerRequest request) {
        const bool sends = part_ == DaemonPart::all;
        if (sends && MediaRoutes::concerns(request, public_url)) return answer_media(std::move(request));
        if (sends && Reception::concerns(request, public_url)) return answer_webhook(std::move(request));
        const std::string client = client_address(request, config_.listen.trusted_proxies);
        if (auto answer = status_limit_.answer_to(client, std::chrono::steady_clock::now()))
            return answered(std::move(*answer));
        if (NagiosRoutes::concerns(request)) return nagios_.answer(std::move(request));
        return status(std::move(request));
    };
}

/// Whoever asks while the daemon starts waits for a moment: mostly the database is there.
Task<> Service::engine_or_early() {
    const auto end = std::chrono::steady_clock::now() + start_patience;
    const auto starts = [this] { return !engine_ && !early_ && !away_ && !stopping_; };
    while (starts() && std::chrono::steady_clock::now() < end) co_await sleep_for(start_look_every);
}

Task<ServerAnswer> Service::answer_webhook(ServerRequest request) {
    if (!engine_) co_await engine_or_early();
    if (engine_) co_return co_await engine_->inbound().reception().answer(std::move(request));
    if (early_) co_return co_await early_->answer(std::move(request));
    co_return not_ready_answer();
}

Task<ServerAnswer> Service::answer_media(ServerRequest request) {
    if (!engine_) co_await engine_or_early();
    if (engine_) co_return co_await engine_->media().answer(std::move(request));
    co_return not_ready_answer();
}

StatusAccess Service::status_access() const {
    return {config_.status.allowed_hosts, config_.listen.trusted_proxies};
}

Task<> Service::serve() {
    supervisor::status("waiting for the database");
    auto found = co_await find_database();
    away_ = false;  // whoever comes now waits for the engine
    // Told to stop meanwhile, the requests under way are answered all the same.
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    if (const auto early = std::move(early_)) co_await early->stop();
    if (stopping_) co_return;
    if (!found) {
        exit_code_ = wrong_usage;
        stop_asked_.ring();
        co_return;
    }
    try {
        duty_ = make_duty(std::move(*found));
    } catch (const SpoolError& error) {
        log::error("cannot use the spool (spool.path)", {{"error", error.what()}});
        exit_code_ = wrong_usage;
        stop_asked_.ring();
        co_return;
    }
    duty_->start();
    supervisor::status(engine_ == nullptr ? "running jobs" : "sending");
}

std::unique_ptr<Duty> Service::make_duty(FoundDatabase found) {
    DatabaseSettings settings = database_settings(config_);
    settings.site_schema = found.installation.site_schema;
    settings.first_statement = suspend_if_copy;
    if (part_ == DaemonPart::jobs)
        return std::make_unique<JobsOnly>(executor_, config_, config_file_, std::move(settings),
                                          found.installation, *http_, metrics_);
    auto engine =
        std::make_unique<Engine>(executor_, config_, config_file_, std::move(settings), found.installation,
                                 std::move(found.site_channels), *http_, *smtp_, metrics_);
    engine_ = engine.get();
    return engine;
}

/// Looks at the database until it answers. Nothing, if it answers that we cannot work there, or if we
/// are told to stop.
Task<std::optional<Service::FoundDatabase>> Service::find_database() {
    searched_ = std::make_unique<Database>(executor_, database_settings(config_));
    TaskGroup watching(executor_);
    watching.spawn("database watchdog", searched_->watch());
    watching.spawn("early reception", open_early_reception_after(search_patience));
    std::optional<FoundDatabase> found;
    auto look = [this](pqxx::connection& connection) {
        FoundDatabase database{inspect_installation(connection), {}};
        if (config_.switchboard && part_ == DaemonPart::all)
            database.site_channels = read_site_channels(connection, database.installation.site_schema);
        return database;
    };
    for (auto pause = first_pause; !found && !stopping_; pause = std::min(pause * 2, pause_max)) {
        std::exception_ptr failure;
        try {
            found = co_await searched_->run(std::ref(look));
        } catch (const DatabaseSetupError& error) {
            database_trouble_ = error.what();
            log::error("cannot work on this database", {{"error", database_trouble_}});
            break;
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure || stopping_) continue;
        database_trouble_ = describe(failure);
        log::warn("the database is away; trying on", {{"error", database_trouble_}, {"again_in_s", pause}});
        away_ = true;
        open_early_reception();
        co_await keep_failure(sleep_for(pause), failure);
    }
    co_await boost::asio::this_coro::reset_cancellation_state();
    watching.cancel();
    co_await watching.join();
    searched_.reset();
    co_return found;
}

/// One that does not even refuse takes longer than providers wait.
Task<> Service::open_early_reception_after(std::chrono::milliseconds patience) {
    co_await sleep_for(patience);
    open_early_reception();
}

void Service::open_early_reception() {
    if (!early_ && part_ == DaemonPart::all) early_ = EarlyReception::open(executor_, config_, metrics_);
}

Task<> Service::watch_signals() {
    for (;;) {
        const int signal = co_await signals_.async_wait(boost::asio::use_awaitable);
        if (signal == SIGHUP) {
            reload();
        } else {
            on_stop_signal();
        }
    }
}

void Service::on_stop_signal() {
    if (!stopping_) {
        stopping_ = true;
        log::info("stopping: sends in flight may end", {{"grace_s", drain_grace}});
        stop_asked_.ring();
    } else if (duty_) {
        log::warn("asked again: cutting sends short");
        duty_->cut_short();
    }
}

Task<> Service::stop() {
    stopping_ = true;
    supervisor::stopping();
    if (duty_) co_await duty_->stop(drain_grace);
}

void Service::reload() {
    supervisor::reloading();
    auto result = load_config(config_file_, all_transport_kinds());
    if (!result) {
        for (const Problem& problem : result.error()) {
            log::error("configuration refused", {{"problem", to_text(config_file_, problem)}});
        }
        say<status::configuration_refused>(reload_trouble_.emplace(Check{.name = "configuration"}),
                                           config_file_.string());
    } else {
        reload_trouble_.reset();
        const Config& next = result->config;
        if (next.database.url != config_.database.url || next.listen.address != config_.listen.address ||
            next.listen.port != config_.listen.port || next.encryption != config_.encryption ||
            next.switchboard != config_.switchboard || next.database.notify != config_.database.notify ||
            next.database.pool_size != config_.database.pool_size || next.spool.path != config_.spool.path ||
            next.media.root != config_.media.root || next.shorten_links != config_.shorten_links ||
            next.listen.public_url != config_.listen.public_url ||
            next.phone_region != config_.phone_region ||
            next.listen.tls.has_value() != config_.listen.tls.has_value()) {
            say<status::configuration_restart>(reload_trouble_.emplace(Check{.name = "configuration"}));
            log::warn(reload_trouble_->text);
        }
        // What is looked for, and where it is spooled, stays until a restart.
        result->config.database.url = config_.database.url;
        result->config.spool.path = config_.spool.path;
        config_ = std::move(result->config);
        log::configure(config_.log.level, config_.log.format);
        listener_->reconfigure(config_.listen);
        alerts_.configure(config_);
        if (duty_) duty_->reconfigure(config_);
        if (early_) early_->reconfigure(config_);
        log::info("configuration reloaded", {{"channels", config_.channels.size()}});
    }
    supervisor::ready();
}

/// What blocks the loop shows in how late it comes to this.
Task<> Service::measure_loop() {
    for (;;) {
        const auto due = std::chrono::steady_clock::now() + loop_look_every;
        co_await sleep_for(loop_look_every);
        metrics_.loop_was_late(std::chrono::steady_clock::now() - due);
    }
}

/// Tells the supervisor that we live, for as long as the work does.
Task<> Service::feed_watchdog(std::chrono::microseconds interval) {
    for (;;) {
        if (!duty_ || stopping_ || duty_->progresses()) supervisor::alive();
        co_await sleep_for(std::chrono::duration_cast<std::chrono::milliseconds>(interval));
    }
}

Report Service::report() const {
    Report report;
    if (duty_) {
        report.checks = duty_->checks();
    } else {
        say<status::database_away>(report.checks.emplace_back(Check{.name = "database"}), database_trouble_);
        if (early_) {
            for (Check& check : early_->checks()) report.checks.push_back(std::move(check));
        }
    }
    for (Check& check : listener_->checks()) report.checks.push_back(std::move(check));
    if (auto check = alerts_.check()) report.checks.push_back(std::move(*check));
    if (reload_trouble_) report.checks.push_back(*reload_trouble_);
    if (stopping_) say<status::process_stopping>(report.checks.emplace_back(Check{.name = "process"}));
    return report;
}

}  // namespace postrider
