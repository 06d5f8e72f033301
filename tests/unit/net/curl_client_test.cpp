#include "lib/async/deadline.h"
#include "lib/net/http_client.h"
#include "tests/support/loop_test.h"
#include "tests/support/raw_peer.h"

#include <gmock/gmock.h>

#include <list>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawConnection;
using testing::RawPeer;

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct CurlClientTest : testing::LoopTest {
    RawPeer& serve(RawPeer::Serve how) {
        return peers.emplace_back(io.get_executor(), group, std::move(how));
    }

    /// Answers `answer` to every request, on every connection, and keeps what it heard.
    RawPeer& serve_always(std::string answer) {
        return serve([this, answer](RawConnection& connection, int) -> Task<> {
            for (;;) {
                std::string message = co_await connection.read_message();
                if (message.empty()) co_return;
                heard.push_back(std::move(message));
                co_await connection.write(answer);
            }
        });
    }

    static HttpRequest get(const std::string& url) {
        HttpRequest request;
        request.url = url;
        request.timeout = 20s;
        return request;
    }
    static HttpRequest post(const std::string& url, std::string body = "To=%2B15550100&Body=Hi") {
        HttpRequest request = get(url);
        request.method = "POST";
        request.body = std::move(body);
        return request;
    }
    HttpResult exchange(HttpRequest request, SendGate gate = {}) {
        return result_of(client->send(std::move(request), std::move(gate)));
    }

    ~CurlClientTest() override { stop(); }

    std::vector<std::string> heard;
    std::list<RawPeer> peers;
    std::unique_ptr<HttpClient> client = make_http_client(io.get_executor());
};

TEST_F(CurlClientTest, AnAnswerComesWithItsStatusHeadersAndBody) {
    RawPeer& peer = serve_always(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow\r\nRetry-After:  7 \r\nContent-Length: 3\r\n\r\nno!");
    const HttpResult result = exchange(post(peer.url()));
    EXPECT_EQ(result.exchange, Exchange::answered);
    EXPECT_EQ(result.answer.status, 429);
    EXPECT_EQ(result.answer.header("retry-after"), "7");
    EXPECT_EQ(result.answer.header("date"), std::nullopt);
    EXPECT_EQ(result.answer.body, "no!");
}

TEST_F(CurlClientTest, APostCarriesItsHeadersCredentialsAndBodyAndNothingAsksForPermissionFirst) {
    RawPeer& peer = serve_always(ok);
    HttpRequest request = post(peer.url() + "path?x=1", "a=b");
    request.headers = {{"Content-Type", "text/x"}, {"Accept", "application/json"}, {"X-Empty", ""}};
    request.credentials = BasicCredentials{"user", Secret("pass")};
    exchange(std::move(request));
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_THAT(heard[0], ::testing::StartsWith("POST /path?x=1 HTTP/1.1\r\n"));
    EXPECT_THAT(heard[0], HasSubstr("\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"));
    EXPECT_THAT(heard[0], HasSubstr("\r\nContent-Type: text/x\r\n"));
    EXPECT_THAT(heard[0], HasSubstr("\r\nAccept: application/json\r\n"));
    EXPECT_THAT(heard[0], HasSubstr("\r\nX-Empty:\r\n"));
    EXPECT_THAT(heard[0], ::testing::EndsWith("\r\nContent-Length: 3\r\n\r\na=b"));
    EXPECT_THAT(heard[0], Not(HasSubstr("Expect")));
}

TEST_F(CurlClientTest, OtherMethodsLeaveAsTheyAreNamed) {
    RawPeer& peer = serve_always("HTTP/1.1 204 Gone well\r\n\r\n");
    for (const char* method : {"PUT", "DELETE"}) {
        HttpRequest request = post(peer.url());
        request.method = method;
        EXPECT_EQ(exchange(std::move(request)).answer.status, 204);
        HttpRequest without_body = get(peer.url());
        without_body.method = method;
        EXPECT_EQ(exchange(std::move(without_body)).answer.status, 204);
    }
    HttpRequest empty_post = post(peer.url(), "");
    EXPECT_EQ(exchange(std::move(empty_post)).answer.status, 204);
    ASSERT_EQ(heard.size(), 5u);
    EXPECT_THAT(heard[0], AllOf(::testing::StartsWith("PUT / "), ::testing::EndsWith("Body=Hi")));
    EXPECT_THAT(heard[1], AllOf(::testing::StartsWith("PUT / "), HasSubstr("Content-Length: 0\r\n")));
    EXPECT_THAT(heard[2], AllOf(::testing::StartsWith("DELETE / "), ::testing::EndsWith("Body=Hi")));
    EXPECT_THAT(heard[3], ::testing::StartsWith("DELETE / "));
    EXPECT_THAT(heard[4], AllOf(::testing::StartsWith("POST / "), HasSubstr("Content-Length: 0\r\n")));
}

TEST_F(CurlClientTest, AHeadHasHeadersAndNoBody) {
    RawPeer& peer = serve_always("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    HttpRequest request = get(peer.url());
    request.method = "HEAD";
    const HttpResult result = exchange(std::move(request));
    EXPECT_EQ(result.exchange, Exchange::answered);
    EXPECT_EQ(result.answer.header("content-length"), "500");
}

TEST_F(CurlClientTest, ALargeBodyArrivesWhole) {
    const std::string body(3'000'000, 'x');
    RawPeer& peer = serve_always(ok);
    EXPECT_EQ(exchange(post(peer.url(), body)).exchange, Exchange::answered);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_TRUE(heard[0].ends_with(body));
}

TEST_F(CurlClientTest, ARefusedConnectionIsNotSent) {
    boost::asio::ip::tcp::acceptor closed(
        io, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    const std::string url = "http://127.0.0.1:" + std::to_string(closed.local_endpoint().port()) + "/";
    closed.close();
    const HttpResult result = exchange(post(url));
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_FALSE(result.gate_refused);
    EXPECT_EQ(exchange(get(url)).exchange, Exchange::not_sent);
    EXPECT_THAT(result.error, Not(HasSubstr("5550100")));
    EXPECT_NE(result.error, "");
}

TEST_F(CurlClientTest, AHandshakeThatNeverEndsIsNotSent) {
    RawPeer& peer = serve([](RawConnection& connection, int) -> Task<> { co_await connection.read_all(); });
    HttpRequest request = post("https://127.0.0.1:" + std::to_string(peer.port()) + "/");
    request.timeout = 200ms;
    EXPECT_EQ(exchange(std::move(request)).exchange, Exchange::not_sent);
}

TEST_F(CurlClientTest, UrlsOfOtherKindsAndHeadersWithLineEndsGoNowhere) {
    EXPECT_EQ(exchange(get("file:///etc/hostname")).exchange, Exchange::not_sent);
    EXPECT_EQ(exchange(get("not a url")).exchange, Exchange::not_sent);
    RawPeer& peer = serve_always(ok);
    HttpRequest request = post(peer.url());
    request.headers = {{"X-Name", "a\r\nX-Other: b"}};
    EXPECT_EQ(exchange(std::move(request)).exchange, Exchange::not_sent);
    EXPECT_EQ(peer.connections(), 0);
}

TEST_F(CurlClientTest, WhatTheGateRefusesNeverLeaves) {
    std::string all;
    bool closed = false;
    RawPeer& peer = serve([&](RawConnection& connection, int) -> Task<> {
        all = co_await connection.read_all();
        closed = true;
    });
    const HttpResult result = exchange(post(peer.url()), [] { return false; });
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_TRUE(result.gate_refused);
    ASSERT_TRUE(run_until([&] { return closed; }));
    EXPECT_THAT(all, Not(HasSubstr("Body=Hi")));

    closed = false;
    const HttpResult without_body = exchange(get(peer.url()), [] { return false; });
    EXPECT_TRUE(without_body.gate_refused);
    ASSERT_TRUE(run_until([&] { return closed; }));
    EXPECT_EQ(all, "");
}

TEST_F(CurlClientTest, AGateThatThrowsRefuses) {
    RawPeer& peer = serve_always(ok);
    const HttpResult result = exchange(post(peer.url()), []() -> bool { throw std::runtime_error("gate"); });
    EXPECT_TRUE(result.gate_refused);
}

TEST_F(CurlClientTest, TheGateIsAskedOnceForEachRequest) {
    RawPeer& peer = serve_always(ok);
    int asked = 0;
    const SendGate gate = [&] { return ++asked > 0; };
    exchange(post(peer.url(), std::string(500'000, 'x')), gate);
    EXPECT_EQ(asked, 1);
    exchange(get(peer.url()), gate);
    EXPECT_EQ(asked, 2);
}

TEST_F(CurlClientTest, AConnectionIsUsedAgain) {
    RawPeer& peer = serve_always(ok);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(post(peer.url())).answer.body, "ok");
    EXPECT_EQ(peer.connections(), 1);
}

/// Answers the first request and closes on the second, having read it whole.
struct DyingConnectionTest : CurlClientTest {
    RawPeer& peer = serve([this](RawConnection& connection, int) -> Task<> {
        std::string first = co_await connection.read_message();
        heard.push_back(std::move(first));
        co_await connection.write(ok);
        std::string second = co_await connection.read_message();
        if (!second.empty()) heard.push_back(std::move(second));
    });
};

TEST_F(DyingConnectionTest, APostOnAReusedConnectionThatDiesIsUnknownAndNeverRepeated) {
    EXPECT_EQ(exchange(post(peer.url(), "n=1")).exchange, Exchange::answered);
    const HttpResult second = exchange(post(peer.url(), "n=2"));
    EXPECT_EQ(second.exchange, Exchange::unknown);
    EXPECT_EQ(std::count_if(heard.begin(), heard.end(), [](auto& text) { return text.ends_with("n=2"); }), 1);
    EXPECT_EQ(heard.size(), 2u);
}

TEST_F(DyingConnectionTest, AGetOnAReusedConnectionThatDiesIsUnknownAndNeverRepeated) {
    EXPECT_EQ(exchange(get(peer.url() + "1")).exchange, Exchange::answered);
    const HttpResult second = exchange(get(peer.url() + "2"));
    EXPECT_EQ(second.exchange, Exchange::unknown);
    EXPECT_FALSE(second.gate_refused);
    EXPECT_EQ(heard.size(), 2u);
}

TEST_F(CurlClientTest, AnIdleConnectionThatTheServerClosedCostsNothing) {
    int closed = 0;
    RawPeer& peer = serve([&](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        co_await connection.write(ok);
        connection.close();
        ++closed;
    });
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(exchange(post(peer.url())).exchange, Exchange::answered);
        ASSERT_TRUE(run_until([&] { return closed == i; }));
    }
}

TEST_F(CurlClientTest, AnAnswerCutShortIsUnknown) {
    RawPeer& peer = serve([](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        co_await connection.write("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"sid\"");
    });
    EXPECT_EQ(exchange(post(peer.url())).exchange, Exchange::unknown);
}

TEST_F(CurlClientTest, WhatIsNotHttpIsUnknown) {
    RawPeer& peer = serve([](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        co_await connection.write("\x16\x03\x01 hello\r\n\r\n");
    });
    EXPECT_EQ(exchange(post(peer.url())).exchange, Exchange::unknown);
}

TEST_F(CurlClientTest, AnAnswerBeyondTheLimitIsCutOff) {
    RawPeer& peer = serve([](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        co_await connection.write("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
    });
    HttpRequest request = post(peer.url());
    request.answer_bytes_max = 5000;
    const HttpResult result = exchange(std::move(request));
    EXPECT_EQ(result.exchange, Exchange::unknown);
    EXPECT_EQ(result.error, "the answer is larger than allowed");
}

TEST_F(CurlClientTest, AHeaderBeyondTheLimitIsCutOff) {
    RawPeer& peer = serve([](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        std::string header = "HTTP/1.1 200 OK\r\n";
        for (int i = 0; i < 1000; ++i) header += "X-Name: value\r\n";
        co_await connection.write(header + "Content-Length: 0\r\n\r\n");
    });
    HttpRequest request = post(peer.url());
    request.answer_bytes_max = 5000;
    EXPECT_EQ(exchange(std::move(request)).exchange, Exchange::unknown);
}

TEST_F(CurlClientTest, NoAnswerInTimeIsUnknown) {
    bool left = false;
    RawPeer& peer = serve([&](RawConnection& connection, int) -> Task<> {
        co_await connection.read_all();
        left = true;
    });
    HttpRequest request = post(peer.url());
    request.timeout = 1s;
    EXPECT_EQ(exchange(std::move(request)).exchange, Exchange::unknown);
    EXPECT_TRUE(run_until([&] { return left; })) << "the connection is closed";
}

TEST_F(CurlClientTest, ARedirectIsAnAnswer) {
    RawPeer& peer = serve_always("HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(exchange(post(peer.url())).answer.status, 307);
    EXPECT_EQ(heard.size(), 1u);
}

TEST_F(CurlClientTest, ACancelledSendLeavesNothingAndTheClientUsable) {
    bool heard_it = false;
    bool left = false;
    RawPeer& silent = serve([&](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        heard_it = true;
        co_await connection.read_all();
        left = true;
    });
    RawPeer& other = serve_always(ok);
    TaskGroup sends(io.get_executor());
    std::optional<HttpResult> result;
    sends.spawn("send", keep(client->send(post(silent.url())), result));
    ASSERT_TRUE(run_until([&] { return heard_it; }));
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return left && sends.size() == 0; }));
    EXPECT_FALSE(result);
    EXPECT_EQ(exchange(post(other.url())).answer.body, "ok");
}

TEST_F(CurlClientTest, NothingOfACancelledSendKeepsTheLoopFromItsEnd) {
    bool heard_both = false;
    RawPeer& peer = serve([&](RawConnection& connection, int) -> Task<> {
        co_await connection.read_message();
        co_await connection.write(ok);
        co_await connection.read_message();
        heard_both = true;
        co_await connection.read_all();
    });
    exchange(post(peer.url()));
    std::optional<HttpResult> result;
    HttpRequest request = post(peer.url());  // on the same connection: its own time-out is the next to come
    request.timeout = 10min;
    group.spawn("send", keep(client->send(std::move(request)), result));
    ASSERT_TRUE(run_until([&] { return heard_both; }));
    stop();
    for (int i = 0; i < 100 && !io.stopped(); ++i) {
        io.restart();
        io.poll();  // without waiting for anything
    }
    EXPECT_TRUE(io.stopped());
}

TEST_F(CurlClientTest, SendsCancelledBeforeTheyBeginLeaveNothing) {
    RawPeer& peer = serve_always(ok);
    TaskGroup sends(io.get_executor());
    std::optional<HttpResult> result;
    for (int i = 0; i < 3; ++i) sends.spawn("send", keep(client->send(post(peer.url())), result));
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return sends.size() == 0; }));
    EXPECT_FALSE(result);
}

TEST_F(CurlClientTest, ManyRequestsShareTheConnectionsThereMayBe) {
    HttpClientLimits limits;
    limits.connections_per_host_max = 4;
    client = make_http_client(io.get_executor(), limits);
    RawPeer& peer = serve_always(ok);
    std::vector<std::optional<HttpResult>> results(100);
    for (auto& result : results) group.spawn("send", keep(client->send(post(peer.url())), result));
    ASSERT_TRUE(run_until([&] {
        return std::all_of(results.begin(), results.end(), [](auto& result) { return result.has_value(); });
    }));
    for (const auto& result : results) EXPECT_EQ(result->exchange, Exchange::answered);
    EXPECT_EQ(heard.size(), 100u);
    EXPECT_LE(peer.connections(), 4);
}

TEST_F(CurlClientTest, TheClientMayGoWhileItKeepsConnections) {
    RawPeer& peer = serve_always(ok);
    exchange(post(peer.url()));
    client.reset();
    client = make_http_client(io.get_executor());
    EXPECT_EQ(exchange(post(peer.url())).answer.body, "ok");
}

}  // namespace
}  // namespace postrider
