#include "tests/bench/workbench.h"

#include "lib/store/migrator.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

Workbench::Workbench() : postgres_({.folder = "", .durable = true}) {}

std::string Workbench::new_database() {
    const std::string name = fmt::format("bench_{}", ++databases_);
    {
        pqxx::connection connection(postgres_.url());
        pqxx::nontransaction(connection).exec("create database " + name);
    }
    DatabaseSettings settings;
    settings.url = Secret(postgres_.url(name));
    migrate(settings, {}, [](const std::string&) {});
    return postgres_.url(name);
}

std::unique_ptr<ChildProcess> Workbench::start_daemon(const std::string& url, const std::string& channels) {
    const std::filesystem::path file = folder() / fmt::format("bench_{}.yaml", databases_);
    std::ofstream(file) << fmt::format(
        "database:\n  url: {}\n  settle: 0s\nlisten:\n  port: 0\nlog:\n  level: warning\nspool:\n  path: {}\n"
        "channels:\n{}",
        url, (folder() / fmt::format("spool_{}", databases_)).string(), channels);
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

void wait_until_sending(const std::string& url) {
    pqxx::connection connection(url);
    for (int tries = 0; tries < 3000; ++tries) {
        pqxx::nontransaction session(connection);
        if (session.exec("select count(*) from postrider.shard where daemon_id is not null")[0][0]
                .as<int>() == 64)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw std::runtime_error("the daemon did not begin to send");
}

const char* const due_rows_sql =
    "(destination, message, send_date, errored, transmission_metadata) "
    "select '+1312' || lpad(n::text, 7, '0'), 'Your visit is tomorrow at 9:00. Reply C to confirm. (' || n "
    "|| ')', "
    "now() - interval '1 second', false, format(E'{\\n  \"message_channel\": \"%s\",\\n  \"django.user\": "
    "\"operator (1)\"\\n}', $2::text) "
    "from generate_series(1, $1::int) n";

void insert_due_rows(const std::string& url, int count, const std::string& channel) {
    pqxx::connection connection(url);
    pqxx::work transaction(connection);
    transaction.exec("set local session_replication_role = replica");  // no doorbell
    transaction.exec_params(fmt::format("insert into simple_messaging_outgoingmessage {}", due_rows_sql),
                            count, channel);
    transaction.commit();
    pqxx::nontransaction(connection).exec("vacuum analyze simple_messaging_outgoingmessage");
}

void wait_until_recorded(const std::string& url, int attempts, ChildProcess& daemon) {
    pqxx::connection connection(url);
    for (;;) {
        if (!daemon.running()) throw std::runtime_error("the daemon ended");
        const int done = pqxx::nontransaction(connection)
                             .exec("select count(*) from postrider.attempt_history")[0][0]
                             .as<int>();
        if (done >= attempts) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
}

double sent_per_second(const std::string& url) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection)
        .exec(
            "select (count(*) / extract(epoch from max(sent_date) - (select min(claimed) from "
            "postrider.attempt_history)))::float8 from simple_messaging_outgoingmessage "
            "where sent_date is not null and not errored")[0][0]
        .as<double>();
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
