#include "tests/support/forwarder_test.h"

#include "lib/inbound/forward_body.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(ForwarderTest, WhatIsAcknowledgedIsToldOnce) {
    add("ann");
    ASSERT_TRUE(run_until([&] { return store.rows.empty(); }));
    clock.advance(1h);
    run_some();
    ASSERT_THAT(http.requests, SizeIs(1));
    const HttpRequest& request = http.requests[0];
    EXPECT_EQ(request.url, "https://app.example.org/hook");
    EXPECT_TRUE(request.public_addresses_only);
    EXPECT_THAT(request.body, HasSubstr(R"("type":"message.report")"));
    EXPECT_EQ(request.headers[3].first, "webhook-signature");
}

TEST_F(ForwarderTest, WhatFailsComesAgainUnderItsNameEverMoreRarelyAndNothingOfItsConversationPassesIt) {
    http.answer = [this](const HttpRequest&) {
        return ScriptedHttp::answered(http.requests.size() <= 3 ? 500 : 204);
    };
    add("ann");
    add("ann");
    ASSERT_TRUE(asked(1));
    run_some();
    clock.advance(1900ms);
    run_some();
    EXPECT_THAT(http.requests, SizeIs(1)) << "half of 4 s is not over";
    ASSERT_TRUE(asked_within(20s, 5));
    EXPECT_THAT(ids(), ElementsAre("fwd_1", "fwd_1", "fwd_1", "fwd_1", "fwd_2"));
    EXPECT_THAT(store.reasons, ElementsAre("status 500", "status 500", "status 500"));
}

TEST_F(ForwarderTest, AnotherConversationDoesNotWait) {
    http.answer = [](const HttpRequest& request) {
        for (const auto& [name, value] : request.headers) {
            if (value == "fwd_1") return ScriptedHttp::failed("connection refused");
        }
        return ScriptedHttp::answered(200);
    };
    add("ann");
    add("bob");
    ASSERT_TRUE(asked(2));
    ASSERT_TRUE(run_until([&] { return store.rows.size() == 1; }));
    EXPECT_EQ(store.rows[0].conversation, "ann");
}

TEST_F(ForwarderTest, WhatIsNotAcknowledgedInTimeIsGivenUpAndTheNextIsTold) {
    endpoint.expire_after = 10s;
    forwarder.set_endpoints({endpoint});
    http.answer = [](const HttpRequest& request) {
        return ScriptedHttp::answered(request.headers[1].second == "fwd_1" ? 500 : 204);
    };
    add("ann");
    add("ann");
    ASSERT_TRUE(asked_within(1min, 4));
    run_some();
    ASSERT_THAT(store.rows, SizeIs(1));
    EXPECT_TRUE(store.rows[0].dead);
    clock.advance(11s);
    run_some();
    const auto checks = forwarder.checks();
    ASSERT_THAT(checks, SizeIs(1));
    EXPECT_EQ(checks[0].health, Health::warning);
    EXPECT_THAT(checks[0].text, HasSubstr("1 were given up: `postrider forwards list`"));
}

TEST_F(ForwarderTest, AnEndpointThatAsksForPeaceIsLeftInPeace) {
    http.answer = [this](const HttpRequest&) {
        return http.requests.size() == 1 ? ScriptedHttp::answered(503, "", {{"retry-after", "60"}})
                                         : ScriptedHttp::answered(204);
    };
    add("ann");
    ASSERT_TRUE(asked(1));
    run_some();
    add("bob");
    EXPECT_FALSE(asked_within(55s, 2));
    EXPECT_TRUE(asked_within(20s, 3));
}

TEST_F(ForwarderTest, OneThatIsGoneIsCriticalAndAskedOnceAnHourAndNothingIsLost) {
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(410); };
    add("ann");
    add("bob");
    ASSERT_TRUE(asked(2));
    run_some();
    EXPECT_EQ(forwarder.checks().at(0).health, Health::critical);
    EXPECT_FALSE(asked_within(59min, 3));
    EXPECT_TRUE(asked_within(2h, 3));
    EXPECT_THAT(store.rows, SizeIs(2));
    // Whoever mends its url reloads.
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(204); };
    forwarder.set_endpoints({endpoint});
    EXPECT_TRUE(asked_within(2h, 5));
    ASSERT_TRUE(run_until([&] { return store.rows.empty(); }));
    clock.advance(11s);
    run_some();
    EXPECT_EQ(forwarder.checks().at(0).health, Health::ok);
}

TEST_F(ForwarderTest, WhatItsOldAddressAnswersSaysNothingOfItsNewOne) {
    http.answer = [this](const HttpRequest& request) {
        if (request.url != "https://app.example.org/hook") return ScriptedHttp::answered(204);
        // While it is being asked, an operator has mended its address.
        ForwardEndpoint moved = endpoint;
        moved.to.url = "https://new.example.org/hook";
        forwarder.set_endpoints({moved});
        return ScriptedHttp::answered(410, "", {{"retry-after", "86400"}});
    };
    add("ann");
    ASSERT_TRUE(asked(1));
    run_some();
    EXPECT_EQ(forwarder.checks().at(0).health, Health::ok);
    add("bob");
    ASSERT_TRUE(asked_within(10s, 2));
    EXPECT_EQ(http.requests[1].url, "https://new.example.org/hook");
}

TEST_F(ForwarderTest, WhatCannotBeOpenedIsNoFaultOfTheEndpoints) {
    Privacy sealing(Secret(std::string(32, 'k')), Secret("salt"));
    for (int i = 0; i < 30; ++i) {
        store.add("app", "sealed " + std::to_string(i), clock.now());
        store.rows.back().forward.report.reset();
        store.rows.back().forward.message.emplace().sender = sealing.seal("+17735550123");
    }
    add("ann");
    ASSERT_TRUE(asked(1)) << "it is asked as before";
    asked_within(5s, 2);
    EXPECT_THAT(http.requests, SizeIs(1));
    EXPECT_THAT(store.reasons, ::testing::Each(HasSubstr("no key")));
}

TEST_F(ForwarderTest, OneThatAlwaysFailsIsAskedOneAtATime) {
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(500); };
    for (int i = 0; i < 100; ++i) add("sender " + std::to_string(i));
    ASSERT_TRUE(asked(20));
    run_some();
    const std::size_t before = http.requests.size();
    EXPECT_LE(before, 36u);
    asked_within(1min, 1000);
    EXPECT_LT(http.requests.size(), before + 12) << "with pauses that grow";
}

TEST_F(ForwarderTest, AnEndpointThatFailsHoldsUpNoOther) {
    ForwardEndpoint other = endpoint;
    other.name = "other";
    other.to.url = "https://other.example.org/";
    forwarder.set_endpoints({endpoint, other});
    http.answer = [](const HttpRequest& request) {
        return ScriptedHttp::answered(request.url.find("other") != std::string::npos ? 204 : 503);
    };
    for (int i = 0; i < 50; ++i) {
        add("sender " + std::to_string(i));
        add("sender " + std::to_string(i), "other");
    }
    EXPECT_TRUE(run_until([&] { return store.rows.size() == 50; }));
}

TEST_F(ForwarderTest, WhatWasAcknowledgedWhileTheDatabaseIsAwayIsNotToldAgain) {
    http.answer = [this](const HttpRequest&) {
        store.fails = true;
        return ScriptedHttp::answered(204);
    };
    add("ann");
    ASSERT_TRUE(asked(1));
    asked_within(5min, 2);
    store.fails = false;
    clock.advance(5s);
    EXPECT_TRUE(run_until([&] { return store.rows.empty(); }));
    EXPECT_THAT(http.requests, SizeIs(1));
}

TEST_F(ForwarderTest, WhatWasAcknowledgedIsNoLongerThereOnceItHasStopped) {
    store.hangs = true;
    add("ann");
    ASSERT_TRUE(run_until([&] { return !store.hangs; })) << "it is being written";
    stop();
    EXPECT_THAT(store.rows, IsEmpty());
}

TEST_F(ForwarderTest, WhatWaitsForAnEndpointThatIsNoMoreIsSaid) {
    store.add("old", "ann", clock.now());
    clock.advance(11s);
    run_some();
    const auto checks = forwarder.checks();
    ASSERT_THAT(checks, SizeIs(2));
    EXPECT_EQ(checks[1].name, "forward old");
    EXPECT_THAT(checks[1].text, HasSubstr("discard --endpoint old"));
    EXPECT_THAT(http.requests, IsEmpty());
}

TEST(ForwardBody, OfAMessageHasItsRowsInTheClear) {
    Privacy privacy(Secret(std::string(32, 'k')), Secret("salt"));
    Forward forward;
    forward.message_id = 17;
    forward.message = ForwardedMessage{.sender = privacy.seal("+17735550123"),
                                       .recipient = "+13125550100",
                                       .text = privacy.seal("caf\u00e9 \xF0\x9F\x98\x80"),
                                       .received = TimePoint(1770091506s),
                                       .metadata = R"({"message_channel": "sms", "a": [1]})",
                                       .media = {{"image/png", "incoming/a.png", "https://x.example.org/1"},
                                                 {"image/png", "", std::nullopt},
                                                 {"image/png", std::nullopt, std::nullopt}}};
    const auto body = forward_body(forward, privacy);
    ASSERT_TRUE(body);
    const auto parsed = boost::json::parse(*body);
    EXPECT_EQ(parsed.at("type").as_string(), "message.received");
    EXPECT_EQ(parsed.at("timestamp").as_string(), "2026-02-03T04:05:06.000000Z");
    const auto& data = parsed.at("data").as_object();
    EXPECT_EQ(data.at("id").as_int64(), 17);
    EXPECT_EQ(data.at("sender").as_string(), "+17735550123");
    EXPECT_EQ(data.at("message").as_string(), "caf\u00e9 \xF0\x9F\x98\x80");
    EXPECT_EQ(data.at("channel").as_string(), "sms");
    EXPECT_EQ(data.at("metadata").at("a").as_array().size(), 1u);
    const auto& media = data.at("media").as_array();
    EXPECT_EQ(media[0].at("state").as_string(), "stored");
    EXPECT_EQ(media[1].at("state").as_string(), "failed");
    EXPECT_TRUE(media[1].at("content_file").is_null());
    EXPECT_EQ(media[2].at("state").as_string(), "waiting");
    EXPECT_EQ(*forward_body(forward, privacy), *body) << "the same rows give the same bytes";

    Privacy other(Secret(std::string(32, 'x')), Secret("salt"));
    EXPECT_FALSE(forward_body(forward, other));
}

}  // namespace
}  // namespace postrider::testing
