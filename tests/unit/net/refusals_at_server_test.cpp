#include "lib/async/task_group.h"
#include "lib/net/http_server.h"
#include "tests/support/loop_test.h"
#include "tests/support/raw_peer.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::raw_connect;
using ::testing::StartsWith;

/// One refusal is allowed; the second limits.
struct RefusalsAtServerTest : testing::LoopTest {
    RefusalsAtServerTest() {
        server = make_http_server(io.get_executor(), "127.0.0.1", 0,
                                  [this](ServerRequest request) { return handle(std::move(request)); });
        server->limit_refusals({1, {}});
        serving.spawn("server", server->run());
    }

    Task<ServerAnswer> handle(ServerRequest request) {
        paths.push_back(request.path);
        ServerAnswer answer;
        if (request.path == "/missing") answer.status = 404;  // in good faith
        if (request.path == "/bad") {
            answer.status = 403;
            answer.refused = true;
        }
        answer.body = "handled";
        co_return answer;
    }

    std::string say(std::string bytes) { return result_of(talk(server->port(), std::move(bytes))); }
    std::string get(const std::string& path) {
        return say("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    static Task<std::string> talk(std::uint16_t port, std::string bytes) {
        auto connection = co_await raw_connect(port);
        co_await connection->write(std::move(bytes));
        co_return co_await connection->read_all();
    }

    ~RefusalsAtServerTest() override {
        serving.cancel();
        EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
        stop();
    }

    std::vector<std::string> paths;
    std::unique_ptr<HttpServer> server;
    TaskGroup serving{io.get_executor()};
};

TEST_F(RefusalsAtServerTest, WhoeverIsRefusedTooOftenIsToldToWaitAndNobodyHandlesIt) {
    get("/bad");
    EXPECT_THAT(get("/bad"), StartsWith("HTTP/1.1 403 "));
    const std::string reply = get("/good");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
    EXPECT_THAT(reply, HasSubstr("\r\nRetry-After: "));
    EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_EQ(paths.size(), 2u);
    EXPECT_EQ(server->state().addresses_limited, 1u);
}

TEST_F(RefusalsAtServerTest, AnswersThatAreNoRefusalsNeverCount) {
    for (int i = 0; i < 100; ++i) get(i % 2 ? "/good" : "/missing");
    EXPECT_THAT(get("/good"), EndsWith("handled"));
}

TEST_F(RefusalsAtServerTest, WhatIsNoHttpCounts) {
    EXPECT_THAT(say("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(say("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(get("/good"), StartsWith("HTTP/1.1 429 "));
}

TEST_F(RefusalsAtServerTest, ABodyThatIsTooLargeDoesNotCount) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"),
                    StartsWith("HTTP/1.1 413 "));
    }
    EXPECT_THAT(get("/good"), EndsWith("handled"));
}

TEST_F(RefusalsAtServerTest, ALimitedClientIsAnsweredBeforeItsBodyIsRead) {
    get("/bad");
    get("/bad");
    EXPECT_THAT(say("POST /good HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"),
                StartsWith("HTTP/1.1 429 "));
}

TEST_F(RefusalsAtServerTest, BehindATrustedProxyItsClientsAreToldApart) {
    server->limit_refusals({1, {"127.0.0.1"}});
    const auto ask = [&](const std::string& path, const std::string& client) {
        return say("GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9, " + client +
                   "\r\nConnection: close\r\n\r\n");
    };
    ask("/bad", "192.0.2.1");
    ask("/bad", "192.0.2.1");
    EXPECT_THAT(ask("/good", "192.0.2.1"), StartsWith("HTTP/1.1 429 "));
    EXPECT_THAT(ask("/good", "192.0.2.2"), EndsWith("handled"));
    EXPECT_THAT(get("/good"), EndsWith("handled"));
    say("nonsense\r\n\r\n");
    say("nonsense\r\n\r\n");
    EXPECT_THAT(get("/good"), EndsWith("handled")) << "nobody knows who sent that through the proxy";
}

}  // namespace
}  // namespace postrider
