#include "lib/net/client_address.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

ServerRequest from(std::string peer, const std::vector<std::string>& forwarded = {}) {
    ServerRequest request;
    request.peer_address = std::move(peer);
    request.headers.emplace_back("host", "x");
    for (const std::string& line : forwarded) request.headers.emplace_back("x-forwarded-for", line);
    return request;
}

const std::vector<std::string> proxies{"10.0.0.1", "127.0.0.1", "::1"};

TEST(ClientAddress, IsThePeersWhereNoProxySpeaks) {
    EXPECT_EQ(client_address(from("192.0.2.7"), proxies), "192.0.2.7");
    EXPECT_EQ(client_address(from("127.0.0.1"), proxies), "127.0.0.1");
    EXPECT_EQ(client_address(from("127.0.0.1", {""}), proxies), "127.0.0.1");
}

TEST(ClientAddress, OfAPeerThatIsNoTrustedProxyIsNotWhatItSays) {
    EXPECT_EQ(client_address(from("192.0.2.7", {"192.0.2.8"}), proxies), "192.0.2.7");
    EXPECT_EQ(client_address(from("127.0.0.1", {"192.0.2.8"}), {}), "127.0.0.1");
}

TEST(ClientAddress, IsTheLastThatATrustedProxyNames) {
    EXPECT_EQ(client_address(from("127.0.0.1", {"192.0.2.8"}), proxies), "192.0.2.8");
    EXPECT_EQ(client_address(from("::1", {"127.0.0.1, 192.0.2.8 ,\t192.0.2.9 "}), proxies), "192.0.2.9");
    EXPECT_EQ(client_address(from("127.0.0.1", {"203.0.113.1", "192.0.2.9"}), proxies), "192.0.2.9")
        << "the proxy's own line comes after the one of its client";
}

TEST(ClientAddress, IsSoughtBehindEveryProxyThatIsTrusted) {
    EXPECT_EQ(client_address(from("127.0.0.1", {"203.0.113.1, 192.0.2.9, 10.0.0.1"}), proxies), "192.0.2.9");
    EXPECT_EQ(client_address(from("127.0.0.1", {"203.0.113.1, 192.0.2.9", "10.0.0.1"}), proxies),
              "192.0.2.9");
    EXPECT_EQ(client_address(from("127.0.0.1", {"10.0.0.1, 127.0.0.1"}), proxies), "10.0.0.1");
}

TEST(ClientAddress, IsInItsUsualForm) {
    EXPECT_EQ(client_address(from("127.0.0.1", {"192.0.2.8:4711"}), proxies), "192.0.2.8");
    EXPECT_EQ(client_address(from("127.0.0.1", {"[2001:DB8::0:1]:4711"}), proxies), "2001:db8::1");
    EXPECT_EQ(client_address(from("127.0.0.1", {"2001:DB8::1"}), proxies), "2001:db8::1");
    EXPECT_EQ(client_address(from("127.0.0.1", {"::ffff:192.0.2.8"}), proxies), "192.0.2.8");
}

TEST(ClientAddress, IsNobodysWhereTheProxyNamesNone) {
    for (const char* word :
         {"unknown", "x\n", "[::1", "192.0.2", "127.0.0.1, _hidden", "192.0.2.8,", "1:2:3"}) {
        EXPECT_EQ(client_address(from("127.0.0.1", {word}), proxies), "") << word;
    }
}

}  // namespace
}  // namespace postrider
