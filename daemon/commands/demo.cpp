#include "daemon/commands/commands.h"
#include "daemon/exit_code.h"
#include "lib/process/child_process.h"
#include "lib/store/message_queries.h"
#include "lib/store/migrator.h"
#include "lib/store/private_postgres.h"

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <thread>

namespace postrider {

namespace fs = std::filesystem;

namespace {

constexpr int messages_count = 6;
constexpr std::chrono::milliseconds apart{1000};
constexpr std::chrono::seconds arrival_max{60};

fs::path own_program() { return fs::read_symlink("/proc/self/exe"); }

fs::path write_configuration(const PrivatePostgres& postgres) {
    fs::path file = postgres.folder() / "postrider.yaml";
    std::ofstream(file) << fmt::format(
        "database:\n  url: {}\n  settle: 0s\nlisten:\n  port: 0\nspool:\n  path: {}\nchannels:\n"
        "  - {{ name: demo, transport: loopback, default: true }}\n",
        postgres.url(), (fs::absolute(postgres.folder()) / "spool").string());
    return file;
}

std::string clock_text(std::chrono::system_clock::time_point when) {
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()) % 1000;
    return fmt::format("{:%H:%M:%S}.{:03}", fmt::localtime(std::chrono::system_clock::to_time_t(when)),
                       millis.count());
}

std::vector<long long> schedule_messages(const DatabaseSettings& settings) {
    MessageQueries queries(settings);
    const auto start = std::chrono::system_clock::now();
    std::vector<long long> ids;
    for (int i = 1; i <= messages_count; ++i) {
        const auto when = start + i * apart;
        NewMessage message;
        message.destination = Address(fmt::format("+1312555010{}", i));
        message.text = Text(fmt::format("Demonstration message {} of {}", i, messages_count));
        message.send_date = fmt::format(
            "{:%Y-%m-%d %H:%M:%S}.{:06}+00", fmt::gmtime(std::chrono::system_clock::to_time_t(when)),
            std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count() % 1000000);
        ids.push_back(queries.enqueue(message));
        std::cout << fmt::format("  message {} is to leave at {}\n", ids.back(), clock_text(when));
    }
    return ids;
}

/// Prints each message as it arrives; whether all did.
bool watch_arrivals(const DatabaseSettings& settings, const std::vector<long long>& ids,
                    ChildProcess& daemon) {
    MessageQueries queries(settings);
    std::set<long long> open(ids.begin(), ids.end());
    const auto end = std::chrono::steady_clock::now() + arrival_max;
    while (!open.empty() && std::chrono::steady_clock::now() < end && daemon.running()) {
        for (auto it = open.begin(); it != open.end();) {
            const auto message = queries.find(*it);
            if (!message || message->at("state").as_string() != "sent") {
                ++it;
                continue;
            }
            const double lag = std::stod(std::string(message->at("lag_seconds").as_string()));
            std::cout << fmt::format("  {}  message {} sent, {:.1f} ms after its time\n",
                                     clock_text(std::chrono::system_clock::now()), *it, lag * 1000)
                      << std::flush;
            it = open.erase(it);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return open.empty();
}

int demonstrate(const fs::path& folder) {
    std::cout << "Starting a private PostgreSQL …\n" << std::flush;
    const PrivatePostgres postgres({.folder = folder, .durable = false});
    DatabaseSettings settings;
    settings.url = Secret(postgres.url());
    std::cout << "Creating the tables (postrider migrate) …\n" << std::flush;
    migrate(settings, {}, [](const std::string&) {});
    const fs::path config = write_configuration(postgres);
    const fs::path log = postgres.folder() / "postrider.log";
    std::cout << "Starting the daemon (postrider run) with a loopback channel …\n";
    ChildProcess daemon({own_program().string(), "run", "--config", config.string()},
                        {.output = log, .environment = {}});
    std::cout << fmt::format("Scheduling {} messages (select postrider.enqueue(…)) …\n", messages_count)
              << std::flush;
    const auto ids = schedule_messages(settings);
    const bool all = watch_arrivals(settings, ids, daemon);
    daemon.signal(SIGTERM);
    const int status = daemon.wait();
    if (!all || status != 0) {
        std::cerr << fmt::format("The demonstration failed (the daemon's exit code is {}). Its log:\n",
                                 status)
                  << std::ifstream(log).rdbuf();
        return failed;
    }
    std::cout << "All sent; the daemon has drained and ended. Next:\n"
                 "  postrider --help                     what else there is\n"
                 "  config/postrider.yaml                every setting, explained\n"
                 "  postrider migrate, postrider run     on your own database\n";
    return done;
}

}  // namespace

void add_demo(CommandLine line) {
    auto folder = std::make_shared<fs::path>();
    CLI::App* command =
        line.add("demo", "See it work: a private PostgreSQL, the daemon, and a few messages on time",
                 [folder] { return demonstrate(*folder); });
    command->add_option(
        "--folder", *folder,
        "Where to keep the private PostgreSQL (default: a temporary folder, removed at the end)");
    command->footer(
        "Needs no configuration and no server, only PostgreSQL's programs. Nothing is left running.");
}

}  // namespace postrider
