#include "lib/net/form.h"
#include "lib/net/http_client.h"
#include "tests/bench/measurements.h"
#include "tests/support/free_port.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int sessions = 4;  // as many as the daemon has

std::string form(int number) {
    std::string body;
    append_form_field(body, "From", fmt::format("+1312555{:04}", number % 10000));
    append_form_field(body, "To", "+13125550100");
    append_form_field(body, "LoopbackMessage", fmt::format("Thank you, I will be there ({})", number));
    return body;
}

struct Posting {
    std::string url;
    int count = 0;
    int next = 0;
    std::vector<double> milliseconds{};
};

Task<> post(HttpClient& http, Posting& posting) {
    while (posting.next < posting.count) {
        HttpRequest request;
        request.method = "POST";
        request.url = posting.url;
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = form(posting.next++);
        const auto start = Clock::now();
        const HttpResult result = co_await http.send(std::move(request));
        if (result.answer.status != 200) throw std::runtime_error("a webhook was not taken");
        posting.milliseconds.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
}

/// The cheapest way that keeps each for itself.
double inserts_per_second(const std::string& url, int count) {
    std::atomic<int> next{0};
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (int i = 0; i < sessions; ++i) {
        threads.emplace_back([&] {
            pqxx::connection connection(url);
            pqxx::nontransaction session(connection);
            while (next++ < count) {
                session.exec(
                    "insert into simple_messaging_incomingmessage (sender, recipient, message) values "
                    "('+13125550101', '+13125550100', 'Thank you, I will be there')");
            }
        });
    }
    for (std::thread& each : threads) each.join();
    return count / Seconds(Clock::now() - start).count();
}

}  // namespace

void measure_webhooks(Workbench& bench, Report& report, const Webhooks& webhooks) {
    const std::string url = bench.new_database();
    const double alone = inserts_per_second(url, webhooks.count / 5);
    const int port = testing::free_port();
    auto daemon = bench.start_daemon(url, loopback_channel, port);
    wait_until_sending(url);
    boost::asio::io_context io{1};
    const auto http = make_http_client(io.get_executor());
    Posting posting{.url = fmt::format("http://127.0.0.1:{}/incoming/bench", port), .count = webhooks.count};
    std::exception_ptr failure;
    const auto start = Clock::now();
    for (int i = 0; i < webhooks.connections; ++i) {
        boost::asio::co_spawn(io, post(*http, posting), [&](std::exception_ptr error) {
            if (error) failure = error;
        });
    }
    io.run();
    if (failure) std::rethrow_exception(failure);
    const double rate = webhooks.count / Seconds(Clock::now() - start).count();
    stop(*daemon);
    pqxx::connection connection(url);
    const auto stored =
        pqxx::nontransaction(connection)
            .exec("select count(distinct message) from simple_messaging_incomingmessage")[0][0]
            .as<int>();
    if (stored != webhooks.count + 1) throw std::runtime_error("webhooks are missing");
    report.add({.name = fmt::format("webhooks over {} connections", webhooks.connections),
                .value = rate,
                .unit = "/s",
                .ratio = rate / alone,
                .of = fmt::format("{:.0f}/s, a transaction each over {} sessions", alone, sessions)});
    report.add_lags("webhook until its answer", std::move(posting.milliseconds));
}

}  // namespace postrider::bench
