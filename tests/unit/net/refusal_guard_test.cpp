#include "lib/net/refusal_guard.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

ServerRequest from(std::string peer, const std::string& forwarded = "") {
    ServerRequest request;
    request.peer_address = std::move(peer);
    if (!forwarded.empty()) request.headers.emplace_back("x-forwarded-for", forwarded);
    return request;
}

struct RefusalGuardTest : ::testing::Test {
    RefusalGuardTest() { guard.set({2, {"10.0.0.1", "10.0.0.2"}}); }

    bool is_limited(const ServerRequest& request) const {
        return guard.answer_to(guard.client_of(request), now).has_value();
    }
    void refuse(const ServerRequest& request, int times = 3) {
        for (int i = 0; i < times; ++i) guard.count(guard.client_of(request), now);
    }

    RefusalGuard guard;
    RefusalGuard::TimePoint now{1000h};
};

TEST_F(RefusalGuardTest, ALimitedClientIsToldWhenToComeBack) {
    refuse(from("192.0.2.1"), 2);
    EXPECT_FALSE(is_limited(from("192.0.2.1")));
    refuse(from("192.0.2.1"), 1);
    const auto answer = guard.answer_to(guard.client_of(from("192.0.2.1")), now);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 429);
    EXPECT_THAT(answer->headers, ElementsAre(Pair("Retry-After", "60")));
    EXPECT_FALSE(answer->refused) << "what is only asked to wait is not refused again";
    now += 60s;
    EXPECT_FALSE(is_limited(from("192.0.2.1")));
}

TEST_F(RefusalGuardTest, BehindATrustedProxyTheClientIsLimitedAndNobodyElse) {
    refuse(from("10.0.0.1", "192.0.2.1"));
    EXPECT_TRUE(is_limited(from("10.0.0.1", "192.0.2.1")));
    EXPECT_TRUE(is_limited(from("10.0.0.2", "192.0.2.1")));
    EXPECT_TRUE(is_limited(from("192.0.2.1")));
    EXPECT_FALSE(is_limited(from("10.0.0.1", "192.0.2.2")));
    EXPECT_FALSE(is_limited(from("10.0.0.1")));
}

TEST_F(RefusalGuardTest, AProxyThatNamesNobodyIsNeverLimited) {
    for (const ServerRequest& request :
         {from("10.0.0.1"), from("10.0.0.1", "unknown"), from("10.0.0.1", "10.0.0.2")}) {
        refuse(request, 100);
        EXPECT_FALSE(is_limited(request));
    }
}

TEST_F(RefusalGuardTest, WhatAStrangerSaysOfItselfDoesNotCount) {
    refuse(from("192.0.2.1", "192.0.2.2"));
    EXPECT_TRUE(is_limited(from("192.0.2.1", "192.0.2.3")));
    EXPECT_FALSE(is_limited(from("192.0.2.2")));
}

TEST_F(RefusalGuardTest, WithoutRulesNobodyIsLimited) {
    RefusalGuard without;
    for (int i = 0; i < 100; ++i) without.count(without.client_of(from("192.0.2.1")), now);
    EXPECT_FALSE(without.answer_to(without.client_of(from("192.0.2.1")), now));
    refuse(from("192.0.2.1"));
    guard.set({});
    EXPECT_FALSE(is_limited(from("192.0.2.1")));
}

}  // namespace
}  // namespace postrider
