// The way in against those who would keep others out: idle and slow connections, what is too large, guesses.
#include "tests/support/raw_peer.h"
#include "tests/system/system_test.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::StartsWith;
using Steady = std::chrono::steady_clock;

constexpr std::size_t idle_count = 2000;
constexpr std::size_t slow_count = 50;
constexpr std::size_t hundred_megabytes = 100'000'000;
constexpr const char* get_health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

/// The soft limit of open files, for this process and those that it starts.
void limit_descriptors(rlim_t count) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GE(limit.rlim_max, count);
    limit.rlim_cur = count;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

class ListenerAttack : public SystemTest {
protected:
    static std::uint16_t port_of(const DaemonProcess& daemon) {
        const std::string url = daemon.url();
        return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }

    template <class T>
    T result_of(Task<T> task) {
        std::optional<T> result;
        asio_spawn(keep(std::move(task), result));
        const auto end = Steady::now() + 2 * patience;
        while (!result && Steady::now() < end) {
            io.restart();
            io.run_one_for(50ms);
        }
        if (!result) throw std::runtime_error("it does not come to an end");
        return std::move(*result);
    }
    void asio_spawn(Task<> task) {
        boost::asio::co_spawn(io, std::move(task), [](std::exception_ptr error) {
            if (error) ADD_FAILURE() << describe(error);
        });
    }
    template <class T>
    static Task<> keep(Task<T> task, std::optional<T>& result) {
        T value = co_await std::move(task);
        result = std::move(value);
    }

    /// `head`, then as many bytes more; and what comes back, also before all has been sent.
    static Task<std::string> say(std::uint16_t port, std::string head, std::size_t body_bytes = 0) {
        auto connection = co_await raw_connect(port);
        co_await connection->write(std::move(head));
        for (std::size_t sent = 0; sent < body_bytes && connection->can_write(); sent += 1'000'000) {
            co_await connection->write(std::string(1'000'000, 'x'));
        }
        co_return co_await connection->read_all();
    }

    static Task<std::string> ask(RawConnection& connection) {
        co_await connection.write(get_health);
        co_return co_await connection.read_message();
    }

    /// Starts a request and goes on with a byte now and then; what comes back in the end, and when.
    Task<std::pair<std::string, Steady::duration>> drip(std::uint16_t port, std::string head) {
        const auto begin = Steady::now();
        auto connection = co_await raw_connect(port);
        co_await connection->write(std::move(head));
        std::optional<std::string> answer;
        asio_spawn(keep(connection->read_all(), answer));
        while (!answer) {
            if (connection->can_write()) co_await connection->write("x");
            boost::asio::steady_timer timer(io, 200ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return std::make_pair(*answer, Steady::now() - begin);
    }

    Task<bool> until(std::function<bool()> holds) {
        while (!holds()) {
            boost::asio::steady_timer timer(io, 50ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return true;
    }

    static long peak_kilobytes(const DaemonProcess& daemon) {
        const std::string status = contents(fmt::format("/proc/{}/status", daemon.id()));
        const auto at = status.find("VmHWM:");
        return at == std::string::npos ? 0 : std::stol(status.substr(at + 6));
    }

    boost::asio::io_context io{1};
};

TEST_F(ListenerAttack, IdleAndSlowConnectionsByTheThousandKeepNobodyOut) {
    limit_descriptors(1024);  // as most systems have it: the daemon raises its own
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    limit_descriptors(8192);
    const std::uint16_t port = port_of(daemon);
    std::vector<std::unique_ptr<RawConnection>> idle;
    for (std::size_t i = 0; i < idle_count; ++i) idle.push_back(result_of(raw_connect(port)));
    std::vector<std::optional<std::pair<std::string, Steady::duration>>> slow(slow_count);
    for (std::size_t i = 0; i < slow_count; ++i) {
        const std::string head = i % 2 ? "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
                                       : "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
        asio_spawn(keep(drip(port, head), slow[i]));
    }
    std::vector<double> latencies_ms;
    for (int i = 0; i < 100; ++i) {
        const auto begin = Steady::now();
        EXPECT_THAT(result_of(say(port, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
                    StartsWith("HTTP/1.1 200 "));
        latencies_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begin).count());
    }
    std::sort(latencies_ms.begin(), latencies_ms.end());
    fmt::print("{} idle and {} slow connections: /health in {:.2f} ms (median), {:.2f} ms (worst of 100)\n",
               idle_count, slow_count, latencies_ms[50], latencies_ms.back());
    for (const auto& connection : idle) {
        ASSERT_THAT(result_of(ask(*connection)), StartsWith("HTTP/1.1 200 ")) << "it was held all the while";
    }
    EXPECT_TRUE(daemon.status().says(fmt::format("{} connections", idle_count + slow_count + 1)))
        << daemon.status().body;
    fmt::print("the daemon's memory was {} MB at its peak\n", peak_kilobytes(daemon) / 1024);
    for (const auto& each : slow) {
        ASSERT_TRUE(result_of(until([&] { return each.has_value(); })));
        EXPECT_THAT(each->first, StartsWith("HTTP/1.1 408 "));
        EXPECT_GE(each->second, 14s);
    }
}

TEST_F(ListenerAttack, WhatIsTooLargeIsRefusedAndNotKept) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::uint16_t port = port_of(daemon);
    const long before = peak_kilobytes(daemon);
    const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
    EXPECT_THAT(result_of(say(port, post + "Content-Length: 100000000\r\n\r\n", hundred_megabytes)),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(
        result_of(say(port, post + "Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n", hundred_megabytes)),
        StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(result_of(say(port, post + "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n")),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(result_of(say(port, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: ", 1'000'000)),
                StartsWith("HTTP/1.1 431 "));
    EXPECT_EQ(http_get(daemon.url() + "/health").status, 200);
    const long grown = peak_kilobytes(daemon) - before;
    fmt::print("three bodies of 100 MB, a header of 1 MB: the peak of the daemon's memory grew by {} KB\n",
               grown);
    EXPECT_LT(grown, 30'000);
}

TEST_F(ListenerAttack, WhoeverGuessesIsAskedToWaitAndNobodyElse) {
    std::string text = config();
    text.replace(text.find("  port: 0\n"), 10, "  port: 0\n  refusals_per_minute: 5\n");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const auto get = [&](const std::string& path, const std::string& client) {
        return http_get(daemon.url() + path, {{"X-Forwarded-For", client}}).status;
    };
    for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/health", "192.0.2.1"), 200);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(get("/media/guess", "192.0.2.1"), 404);
    EXPECT_EQ(get("/media/guess", "192.0.2.1"), 429);
    EXPECT_EQ(get("/health", "192.0.2.1"), 429);
    EXPECT_EQ(get("/health", "192.0.2.2"), 200);
    EXPECT_TRUE(daemon.log_says("an address is limited")) << daemon.log();
    EXPECT_TRUE(daemon.status().says("1 addresses limited")) << daemon.status().body;
    text.replace(text.find("minute: 5"), 9, "minute: 0");
    ASSERT_TRUE(daemon.reload(text));
    EXPECT_EQ(get("/health", "192.0.2.1"), 200);
}

}  // namespace
}  // namespace postrider::testing
