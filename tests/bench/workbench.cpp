#include "tests/bench/workbench.h"

#include "lib/store/migrator.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

Workbench::Workbench() : postgres_({.folder = "", .durable = true}) {}

std::string Workbench::new_database() {
    const std::string name = fmt::format("bench_{}", ++made_);
    {
        pqxx::connection connection(postgres_.url());
        pqxx::nontransaction(connection).exec("create database " + name);
    }
    databases_.push_back(name);
    DatabaseSettings settings;
    settings.url = Secret(postgres_.url(name));
    migrate(settings, {}, [](const std::string&) {});
    return postgres_.url(name);
}

void Workbench::drop_databases() {
    pqxx::connection connection(postgres_.url());
    for (const std::string& name : databases_) {
        pqxx::nontransaction(connection).exec(fmt::format("drop database {} with (force)", name));
    }
    databases_.clear();
}

void Workbench::set(const std::string& setting, const std::string& value) {
    {
        pqxx::connection connection(postgres_.url());
        pqxx::nontransaction session(connection);
        if (session.exec("show " + setting)[0][0].c_str() == value) return;
        session.exec(fmt::format("alter system set {} = '{}'", setting, value));
        if (!session
                 .exec_params1("select context = 'postmaster' from pg_settings where name = $1", setting)[0]
                 .as<bool>()) {
            session.exec("select pg_reload_conf()");
            return;
        }
    }
    postgres_.stop(SIGINT);
    postgres_.start();
}

std::unique_ptr<ChildProcess> Workbench::start_daemon(const std::string& url, const std::string& channels,
                                                      int port) {
    const int number = ++daemons_;
    const std::filesystem::path file = folder() / fmt::format("daemon_{}.yaml", number);
    std::ofstream(file) << fmt::format(
        "database:\n  url: {}\n  settle: 0s\nlisten:\n  port: {}\nlog:\n  level: warning\nspool:\n  path: "
        "{}\n"
        "channels:\n{}",
        url, port, (folder() / fmt::format("spool_{}", number)).string(), channels);
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{POSTRIDER_BINARY, "run", "--config", file.string()},
        ChildOptions{.output = folder() / "daemon.log", .environment = {}});
}

std::string twilio_channel(const std::string& name, const testing::TwilioImitation& provider,
                           const std::string& more) {
    return fmt::format(
        "  - {{ name: {}, transport: twilio, default: true, account_sid: {}, auth_token: {}, "
        "from: \"+13125550100\", base_url: \"{}\", {} }}\n",
        name, provider.settings().account_sid, provider.settings().auth_token, provider.base_url(), more);
}

void require_accepted(const testing::TwilioImitation& provider, std::size_t messages) {
    const std::size_t accepted = provider.accepted_count();
    if (accepted != messages) {
        throw std::runtime_error(
            fmt::format("the provider has taken {} messages instead of {}", accepted, messages));
    }
}

const char* const loopback_channel = "  - { name: bench, transport: loopback, default: true }\n";

void wait_until_sending(const std::string& url, int daemons) {
    pqxx::connection connection(url);
    for (int tries = 0; tries < 3000; ++tries) {
        pqxx::nontransaction session(connection);
        const bool divided =
            session
                .exec_params(
                    "select count(*) = $1 and min(shards) >= (select count(*) from postrider.shard) / $1 "
                    "and sum(shards) = (select count(*) from postrider.shard) "
                    "from (select count(*) as shards from postrider.shard where daemon_id is not null "
                    "group by daemon_id) as share",
                    daemons)[0][0]
                .as<bool>(false);
        if (divided) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error("the daemons did not begin to send");
}

void stop(ChildProcess& daemon) {
    daemon.signal(SIGTERM);
    const int status = daemon.wait();
    if (status != 0) throw std::runtime_error(fmt::format("the daemon ended with status {}", status));
}

Percentiles percentiles(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto at = [&](double part) {
        return values[static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size() - 1)))];
    };
    return {at(0.50), at(0.95), at(0.99), values.back()};
}

}  // namespace postrider::bench
