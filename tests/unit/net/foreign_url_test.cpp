// Requests to addresses that somebody else gave.
#include "lib/net/http_client.h"
#include "tests/support/loop_test.h"
#include "tests/support/raw_peer.h"

#include <memory>

namespace postrider {
namespace {

using testing::RawConnection;
using testing::RawPeer;

struct ForeignUrlTest : testing::LoopTest {
    ~ForeignUrlTest() override { stop(); }

    RawPeer& serve(std::string answer) {
        peer = std::make_unique<RawPeer>(io.get_executor(), group,
                                         [answer](RawConnection& connection, int) -> Task<> {
                                             co_await connection.read_message();
                                             co_await connection.write(answer);
                                         });
        return *peer;
    }
    static HttpRequest post_to(std::string url) {
        HttpRequest request;
        request.method = "POST";
        request.url = std::move(url);
        request.body = "n=1";
        return request;
    }
    HttpResult exchange(HttpRequest request, SendGate gate = {}) {
        return result_of(client->send(std::move(request), std::move(gate)));
    }

    std::unique_ptr<RawPeer> peer;
    std::unique_ptr<HttpClient> client = make_http_client(io.get_executor());
};

TEST_F(ForeignUrlTest, WhatMayGoToPublicAddressesOnlyConnectsToNoOther) {
    const RawPeer& server = serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    HttpRequest request = post_to(server.url());
    request.public_addresses_only = true;
    int asked = 0;
    SendGate gate = [&asked] { return ++asked > 0; };
    const HttpResult result = exchange(std::move(request), gate);
    EXPECT_EQ(result.exchange, Exchange::not_sent);
    EXPECT_TRUE(result.address_refused);
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(server.connections(), 0);
}

/// The name may lead anywhere when it is looked up, and elsewhere the next time: what counts is the address
/// that is connected to.
TEST_F(ForeignUrlTest, ANameThatLeadsToOurselvesIsRefusedWhereItIsConnectedTo) {
    const RawPeer& server = serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    HttpRequest request;
    request.url = "http://localhost:" + std::to_string(server.port()) + "/";
    request.public_addresses_only = true;
    const HttpResult result = exchange(request);
    EXPECT_TRUE(result.address_refused);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ForeignUrlTest, AConnectionOfBeforeIsNoWayAround) {
    int asked = 0;
    peer = std::make_unique<RawPeer>(
        io.get_executor(), group, [&asked](RawConnection& connection, int) -> Task<> {
            for (;;) {
                const std::string head = co_await connection.read_header();
                if (head.empty()) co_return;
                ++asked;
                co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
    HttpRequest request;
    request.url = peer->url();
    EXPECT_EQ(exchange(request).exchange, Exchange::answered);
    EXPECT_EQ(exchange(request).exchange, Exchange::answered);
    EXPECT_EQ(peer->connections(), 1) << "it is used again";
    request.public_addresses_only = true;
    EXPECT_TRUE(exchange(request).address_refused);
    EXPECT_EQ(asked, 2);
    stop();
}

TEST_F(ForeignUrlTest, WhatIsTooLargeSaysSo) {
    const RawPeer& server = serve("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
    HttpRequest request;
    request.url = server.url();
    request.answer_bytes_max = 1000;
    EXPECT_TRUE(exchange(request).too_large);
    request.answer_bytes_max = 5000;
    EXPECT_FALSE(exchange(request).too_large);
}

TEST_F(ForeignUrlTest, AnAnswerOfWhichTheStatusSufficesIsReadUpToItsLimit) {
    const std::string body(100000, 'x');
    const RawPeer& server = serve("HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n" + body);
    HttpRequest request = post_to(server.url());
    request.answer_bytes_max = 1000;
    request.status_suffices = true;
    const HttpResult result = exchange(request);
    EXPECT_EQ(result.exchange, Exchange::answered);
    EXPECT_EQ(result.answer.status, 202);
    EXPECT_EQ(result.answer.body.size(), 1000u);
    request.status_suffices = false;
    EXPECT_EQ(exchange(request).exchange, Exchange::unknown);
}

}  // namespace
}  // namespace postrider
