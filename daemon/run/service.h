#pragma once

#include "daemon/run/alerts.h"
#include "daemon/run/early_reception.h"
#include "daemon/run/engine.h"
#include "daemon/run/listener.h"
#include "daemon/run/nagios_routes.h"
#include "daemon/run/status_limit.h"
#include "daemon/run/status_routes.h"
#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/config/config.h"
#include "lib/health/metrics.h"
#include "lib/net/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// The daemon process: listens first, then finds its database, however long that takes; reloads on
/// SIGHUP; on SIGTERM or SIGINT drains and ends, on a second one ends at once.
class Service {
public:
    Service(boost::asio::io_context& io, std::filesystem::path config_file, Config config,
            DaemonPart part = DaemonPart::all);

    /// The exit code. Throws boost::system::system_error if the address cannot be listened on.
    Task<int> run();

private:
    /// What the daemon works on.
    struct FoundDatabase {
        Installation installation;
        std::vector<SiteChannel> site_channels;
    };

    RequestHandler request_handler();
    std::unique_ptr<Duty> make_duty(FoundDatabase found);
    StatusAccess status_access() const;
    void open_early_reception();
    Task<> open_early_reception_after(std::chrono::milliseconds patience);
    Task<ServerAnswer> answer_webhook(ServerRequest request);
    Task<ServerAnswer> answer_media(ServerRequest request);
    Task<> engine_or_early();
    Task<> serve();
    Task<std::optional<FoundDatabase>> find_database();
    Task<> watch_signals();
    Task<> measure_loop();
    Task<> feed_watchdog(std::chrono::microseconds interval);
    Task<> stop();
    void on_stop_signal();
    void reload();
    Report report() const;

    Executor executor_;
    std::filesystem::path config_file_;
    Config config_;
    DaemonPart part_;
    boost::asio::signal_set signals_;
    Metrics metrics_;
    std::unique_ptr<HttpClient> http_;
    std::unique_ptr<SmtpClient> smtp_;
    Alerts alerts_;
    NagiosRoutes nagios_;
    StatusLimit status_limit_;
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<Database> searched_;     // while the daemon looks for its database
    std::unique_ptr<EarlyReception> early_;  // and that is away
    std::unique_ptr<Duty> duty_;
    Engine* engine_ = nullptr;  // that, where it is not jobs only
    Wakeup stop_asked_;
    bool stopping_ = false;
    bool away_ = false;  // the database, when it was looked for
    std::string database_trouble_ = "not reached yet";
    std::optional<Check> reload_trouble_;
    int exit_code_ = 0;
    TaskGroup work_;
    TaskGroup background_;
};

}  // namespace postrider
