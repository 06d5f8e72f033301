#include "lib/async/deadline.h"
#include "lib/async/wakeup.h"
#include "lib/net/http_server.h"
#include "tests/support/loop_test.h"
#include "tests/support/raw_peer.h"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::raw_connect;
using testing::RawConnection;
using ::testing::StartsWith;

constexpr const char* get_then_close = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

struct BeastServerTest : testing::LoopTest {
    /// A server that answers as `answer` says.
    void start(HttpServerLimits limits = {}, const std::string& address = "127.0.0.1") {
        server = make_http_server(
            io.get_executor(), address, 0,
            [this](ServerRequest request) { return handle(std::move(request)); }, limits);
        serving.spawn("server", server->run());
    }

    Task<ServerAnswer> handle(ServerRequest request) {
        requests.push_back(request);
        if (request.path == "/throw") throw std::runtime_error("must not be seen");
        if (request.path == "/wait") co_await release.wait();
        co_return answer;
    }

    /// What comes back for `bytes` until the server closes.
    std::string say(std::string bytes) { return result_of(talk(server->port(), std::move(bytes))); }

    static Task<std::string> talk(std::uint16_t port, std::string bytes) {
        auto connection = co_await raw_connect(port);
        co_await connection->write(std::move(bytes));
        co_return co_await connection->read_all();
    }

    static Task<std::string> trickle(std::uint16_t port, std::string bytes) {
        auto connection = co_await raw_connect(port);
        for (const char byte : bytes) co_await connection->write(std::string(1, byte));
        co_return co_await connection->read_all();
    }

    /// A header that never ends.
    static Task<> drip(std::shared_ptr<RawConnection> connection) {
        co_await connection->write("GET / HTTP/1.1\r\nHost: ");
        while (connection->can_write()) {
            co_await connection->write("x");
            co_await sleep_for(5ms);
        }
    }

    static Task<std::string> ask(RawConnection& connection) {
        co_await connection.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        co_return co_await connection.read_message();
    }

    std::unique_ptr<RawConnection> connect() { return result_of(raw_connect(server->port())); }

    ~BeastServerTest() override {
        serving.cancel();
        EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
        stop();
    }

    ServerAnswer answer{.body = "hello"};
    std::vector<ServerRequest> requests;
    Wakeup release{io.get_executor()};
    std::unique_ptr<HttpServer> server;
    TaskGroup serving{io.get_executor()};
};

TEST_F(BeastServerTest, AHandlerSeesTheWholeRequestAndItsAnswerGoesOut) {
    start();
    answer.status = 201;
    answer.content_type = "application/json";
    answer.headers = {{"X-Mine", "1"}};
    const std::string reply =
        say("POST /a/b%20c?x=1&y=%2B HTTP/1.1\r\nHost: x\r\nX-Name: Value\r\nContent-Length: 4\r\n"
            "Connection: close\r\n\r\nbody");
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/a/b%20c?x=1&y=%2B");
    EXPECT_EQ(requests[0].path, "/a/b%20c");
    EXPECT_EQ(requests[0].query, "x=1&y=%2B");
    EXPECT_EQ(requests[0].header("x-name"), "Value");
    EXPECT_EQ(requests[0].header("x-other"), "");
    EXPECT_EQ(requests[0].body, "body");
    EXPECT_EQ(requests[0].peer_address, "127.0.0.1");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 201 Created\r\n"));
    EXPECT_THAT(reply, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(reply, HasSubstr("X-Mine: 1\r\n"));
    EXPECT_THAT(reply, EndsWith("\r\n\r\nhello"));
}

TEST_F(BeastServerTest, TheAbsoluteFormNamesTheSamePath) {
    start();
    say("GET http://x/a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    say("GET http://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(requests.at(0).path, "/a");
    EXPECT_EQ(requests.at(0).query, "b=c");
    EXPECT_EQ(requests.at(1).path, "/");
}

TEST_F(BeastServerTest, RequestsOnOneConnectionAreAnsweredInOrderAlsoWhenTheyCameTogether) {
    start();
    const std::string reply =
        say("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz" +
            std::string(get_then_close));
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests[0].path, "/1");
    EXPECT_EQ(requests[1].body, "z");
    EXPECT_EQ(requests[2].path, "/a");
    EXPECT_THAT(reply, EndsWith("hello"));
}

TEST_F(BeastServerTest, AHeadGetsTheLengthAndNoBody) {
    start();
    const std::string reply = say("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(reply, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
}

TEST_F(BeastServerTest, AClientThatAsksWhetherToGoOnIsToldTo) {
    start();
    const std::string reply =
        say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: "
            "close\r\n\r\nok");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(BeastServerTest, WhatAHandlerThrowsBecomesA500AndTheConnectionGoesOn) {
    start();
    const std::string reply = say("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(get_then_close));
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(reply, Not(HasSubstr("must not be seen")));
    EXPECT_THAT(reply, EndsWith("hello"));
}

TEST_F(BeastServerTest, ABodyOverTheLimitIsAnswered413) {
    HttpServerLimits limits;
    limits.body_bytes_max = 1000;
    start(limits);
    const std::string body(200'000, 'x');
    EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + body),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + body +
                    "\r\n0\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_TRUE(requests.empty());
}

TEST_F(BeastServerTest, ABodyThatIsTooLargeIsRefusedBeforeItIsSentWhereTheClientAsks) {
    start();
    EXPECT_THAT(
        say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 104857600\r\n\r\n"),
        StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
                StartsWith("HTTP/1.1 4"));
    EXPECT_TRUE(requests.empty());
}

TEST_F(BeastServerTest, ABodyInChunksOrByteByByteIsTheSame) {
    start();
    say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].body, "abcde");
    const std::string bytes =
        "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
        std::string(get_then_close);
    EXPECT_THAT(result_of(trickle(server->port(), bytes)), EndsWith("hello"));
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests[1].body, "abc");
    EXPECT_EQ(requests[2].path, "/a");
}

TEST_F(BeastServerTest, AHeaderOverTheLimitIsAnswered431) {
    start();
    EXPECT_THAT(say("GET / HTTP/1.1\r\nHost: x\r\nX-Name: " + std::string(50'000, 'x') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(say("GET /" + std::string(50'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                StartsWith("HTTP/1.1 431 "));
}

TEST_F(BeastServerTest, WhatIsNotHttpIsAnswered400) {
    start();
    EXPECT_THAT(say("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(say("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 ")) << "without a Host";
    EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_TRUE(requests.empty());
}

TEST_F(BeastServerTest, ASlowRequestIsAnswered408) {
    HttpServerLimits limits;
    limits.exchange_timeout = 100ms;
    start(limits);
    EXPECT_THAT(say("GET / HTTP/1.1\r\nHo"), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"),
                StartsWith("HTTP/1.1 408 "));
}

TEST_F(BeastServerTest, AByteNowAndThenBuysNoTime) {
    HttpServerLimits limits;
    limits.exchange_timeout = 100ms;
    start(limits);
    const std::shared_ptr<RawConnection> connection = connect();
    group.spawn("write", drip(connection));
    EXPECT_THAT(result_of(connection->read_all()), StartsWith("HTTP/1.1 408 "));
}

TEST_F(BeastServerTest, AnIdleConnectionIsClosedWithoutAWord) {
    HttpServerLimits limits;
    limits.idle_timeout = 50ms;
    start(limits);
    EXPECT_EQ(say(""), "");
    EXPECT_THAT(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("hello"));
}

TEST_F(BeastServerTest, AClientThatGoesInTheMiddleIsForgotten) {
    start();
    auto connection = connect();
    group.spawn("write", connection->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"));
    run_until([this] { return group.size() == 0; });
    connection->close();
    EXPECT_THAT(say(get_then_close), EndsWith("hello"));
    EXPECT_EQ(requests.size(), 1u);
}

TEST_F(BeastServerTest, ConnectionsOverTheLimitAreAnswered503) {
    HttpServerLimits limits;
    limits.connections_max = 1;
    start(limits);
    auto first = connect();
    group.spawn("write", first->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(run_until([this] { return requests.size() == 1; }));
    EXPECT_THAT(say(get_then_close), StartsWith("HTTP/1.1 503 "));
    release.ring();
    EXPECT_THAT(result_of(first->read_message()), EndsWith("hello"));
}

TEST_F(BeastServerTest, ForANewConnectionTheOneThatHasBeenIdleLongestIsClosed) {
    HttpServerLimits limits;
    limits.connections_max = 2;
    start(limits);
    auto first = connect();
    auto second = connect();
    EXPECT_THAT(result_of(ask(*second)), EndsWith("hello"));
    EXPECT_THAT(result_of(ask(*first)), EndsWith("hello"));
    EXPECT_THAT(say(get_then_close), EndsWith("hello"));
    EXPECT_EQ(result_of(second->read_all()), "");
    EXPECT_THAT(result_of(ask(*first)), EndsWith("hello"));
}

TEST_F(BeastServerTest, ForANewConnectionOneWhoseRequestIsComingIsClosedIfNoneIsIdle) {
    HttpServerLimits limits;
    limits.connections_max = 2;
    start(limits);
    auto busy = connect();
    group.spawn("write", busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(run_until([this] { return requests.size() == 1; }));
    auto slow = connect();
    group.spawn("write", slow->write("GET / HTTP/1.1\r\nHost"));
    EXPECT_THAT(say(get_then_close), EndsWith("hello"));
    EXPECT_EQ(result_of(slow->read_all()), "");
    release.ring();
    EXPECT_THAT(result_of(busy->read_message()), EndsWith("hello"));
}

TEST_F(BeastServerTest, ACancelledServerLetsTheExchangeUnderWayEndAndClosesIdleConnections) {
    HttpServerLimits limits;
    limits.stop_grace = 20s;
    start(limits);
    auto idle = connect();
    auto busy = connect();
    group.spawn("write", busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(run_until([this] { return requests.size() == 1; }));
    serving.cancel();
    EXPECT_EQ(result_of(idle->read_all()), "");
    EXPECT_EQ(serving.size(), 1u);
    release.ring();
    const std::string reply = result_of(busy->read_message());
    EXPECT_THAT(reply, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(reply, EndsWith("hello"));
    busy->close();
    EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
}

TEST_F(BeastServerTest, ACancelledServerCutsShortWhatTakesTooLong) {
    HttpServerLimits limits;
    limits.stop_grace = 10ms;
    start(limits);
    auto busy = connect();
    group.spawn("write", busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(run_until([this] { return requests.size() == 1; }));
    serving.cancel();
    EXPECT_EQ(result_of(busy->read_all()), "");
    EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
}

TEST_F(BeastServerTest, RawBytesGoOutAsTheyAreAndEndTheConnection) {
    start();
    answer.raw = "nonsense";
    EXPECT_EQ(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "nonsense");
}

TEST_F(BeastServerTest, TheIPv6WildcardServesIPv4Too) {
    try {
        start({}, "[::]");
    } catch (const boost::system::system_error&) {
        GTEST_SKIP() << "no IPv6 here";
    }
    EXPECT_THAT(say(get_then_close), EndsWith("hello"));
    EXPECT_EQ(requests.at(0).peer_address, "127.0.0.1");
}

TEST_F(BeastServerTest, AnAddressThatCannotBeBoundIsNamed) {
    start();
    const auto bind_again = [&](const std::string& address) -> std::string {
        try {
            make_http_server(io.get_executor(), address, server->port(), {});
        } catch (const boost::system::system_error& caught) {
            return caught.what();
        }
        return "";
    };
    EXPECT_THAT(bind_again("127.0.0.1"),
                HasSubstr("listen on 127.0.0.1 port " + std::to_string(server->port())));
    EXPECT_THAT(bind_again("nowhere"), HasSubstr("listen on nowhere"));
}

}  // namespace
}  // namespace postrider
