#include "lib/async/deadline.h"
#include "lib/async/wakeup.h"
#include "lib/net/http_client.h"
#include "lib/net/http_server.h"
#include "lib/net/server_certificate.h"
#include "tests/support/loop_test.h"
#include "tests/support/made_certificate.h"
#include "tests/support/raw_peer.h"
#include "tests/support/tls_connection.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::tls_connect;
using testing::TlsConnection;

struct TlsServerTest : testing::LoopTest {
    TlsServerTest() { std::filesystem::create_directory(folder); }

    std::shared_ptr<const ServerCertificate> certificate(const std::string& name) const {
        return *read_server_certificate(testing::make_certificate(folder, name, name));
    }

    void start(HttpServerLimits limits = {}) {
        server = make_http_server(
            io.get_executor(), "127.0.0.1", 0,
            [this](ServerRequest request) { return handle(std::move(request)); }, limits,
            certificate("first"));
        serving.spawn("server", server->run());
    }

    Task<ServerAnswer> handle(ServerRequest request) {
        requests.push_back(request);
        if (request.path == "/wait") co_await release.wait();
        ServerAnswer answer;
        answer.body = large ? std::string(5'000'000, 'x') : "hello";
        co_return answer;
    }

    std::unique_ptr<TlsConnection> connect(int version_max = 0x0304) {
        return result_of(tls_connect(server->port(), version_max));
    }

    std::string ask(TlsConnection& connection, const std::string& path = "/") {
        return result_of(question(connection, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    static Task<std::string> question(TlsConnection& connection, std::string bytes) {
        co_await connection.write(std::move(bytes));
        co_return co_await connection.read_message();
    }

    ~TlsServerTest() override {
        serving.cancel();
        EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
        stop();
        std::filesystem::remove_all(folder);
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tls_server_test." + std::to_string(::getpid()));
    std::vector<ServerRequest> requests;
    bool large = false;
    Wakeup release{io.get_executor()};
    std::unique_ptr<HttpServer> server;
    TaskGroup serving{io.get_executor()};
};

TEST_F(TlsServerTest, AnswersOverTlsAndKeepsTheConnection) {
    start();
    auto connection = connect();
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->version(), "TLSv1.3");
    EXPECT_EQ(connection->server_name(), "first");
    EXPECT_THAT(ask(*connection), EndsWith("hello"));
    EXPECT_THAT(ask(*connection), EndsWith("hello"));
    EXPECT_EQ(requests.at(0).peer_address, "127.0.0.1");
}

TEST_F(TlsServerTest, ALargeAnswerGoesOutWhole) {
    start();
    large = true;
    EXPECT_GT(ask(*connect()).size(), 5'000'000u);
}

TEST_F(TlsServerTest, VersionsOfBefore2008AreRefused) {
    start();
    EXPECT_EQ(connect(0x0303)->version(), "TLSv1.2");
    EXPECT_FALSE(connect(0x0302));
}

TEST_F(TlsServerTest, ANewCertificateIsForNewConnectionsAndOpenOnesGoOn) {
    start();
    auto before = connect();
    EXPECT_THAT(ask(*before), EndsWith("hello"));
    server->use_certificate(certificate("second"));
    EXPECT_EQ(connect()->server_name(), "second");
    EXPECT_THAT(ask(*before), EndsWith("hello"));
}

TEST_F(TlsServerTest, AHandshakeThatDoesNotComeToAnEndHoldsUpNobodyAndIsCutOff) {
    HttpServerLimits limits;
    limits.handshake_timeout = 300ms;
    start(limits);
    auto silent = result_of(testing::raw_connect(server->port()));
    auto half = result_of(testing::raw_connect(server->port()));
    group.spawn("write", half->write(std::string("\x16\x03\x01\x02\x00", 5)));
    EXPECT_THAT(ask(*connect()), EndsWith("hello"));
    EXPECT_EQ(result_of(silent->read_all()), "");
    EXPECT_EQ(result_of(half->read_all()), "");
}

TEST_F(TlsServerTest, PlainHttpIsNotServed) {
    start();
    auto plain = result_of(testing::raw_connect(server->port()));
    group.spawn("write", plain->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_THAT(result_of(plain->read_all()), Not(HasSubstr("HTTP")));
    EXPECT_TRUE(requests.empty());
}

TEST_F(TlsServerTest, ABodyThatIsTooLargeIsAnsweredAlthoughTheClientGoesOnSending) {
    start();
    auto connection = connect();
    const std::string reply =
        result_of(question(*connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" +
                                            std::string(900'000, 'x')));
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 413 "));
}

TEST_F(TlsServerTest, MakesRoomForNewConnections) {
    HttpServerLimits limits;
    limits.connections_max = 2;
    start(limits);
    auto first = connect();
    auto second = connect();
    EXPECT_THAT(ask(*second), EndsWith("hello"));
    EXPECT_THAT(ask(*first), EndsWith("hello"));
    EXPECT_THAT(ask(*connect()), EndsWith("hello"));
    EXPECT_EQ(result_of(second->read_all()), "");
}

TEST_F(TlsServerTest, ACancelledServerLetsTheExchangeUnderWayEnd) {
    HttpServerLimits limits;
    limits.stop_grace = 20s;
    start(limits);
    auto idle = connect();
    auto busy = connect();
    group.spawn("write", busy->write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(run_until([this] { return requests.size() == 1; }));
    serving.cancel();
    EXPECT_EQ(result_of(idle->read_all()), "");
    release.ring();
    const std::string reply = result_of(busy->read_all());
    EXPECT_THAT(reply, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(reply, EndsWith("hello"));
    busy.reset();
    EXPECT_TRUE(run_until([this] { return serving.size() == 0; }));
}

TEST_F(TlsServerTest, OurOwnClientKnowsItByItsKeyAlone) {
    start();
    const auto http = make_http_client(io.get_executor());
    HttpRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
    HttpRequest unknown = request;
    EXPECT_EQ(result_of(http->send(std::move(unknown))).exchange, Exchange::not_sent);
    request.pinned_key = certificate("second")->key_pin();
    HttpRequest another = request;
    EXPECT_EQ(result_of(http->send(std::move(another))).exchange, Exchange::not_sent);
    server->use_certificate(*read_server_certificate({folder / "second.crt", folder / "second.key"}));
    EXPECT_EQ(result_of(http->send(std::move(request))).answer.body, "hello");
}

}  // namespace
}  // namespace postrider
