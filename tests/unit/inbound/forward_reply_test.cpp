// What applications say to messages: the answer of the webhook that waits for it, or messages of their own.
#include "tests/support/forwarder_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

struct ForwardReplyTest : ForwarderTest {
    ForwardReplyTest() {
        endpoint.reply_within = 5s;
        forwarder.set_endpoints({endpoint});
        says(R"({"replies": ["Good to hear", "See you"]})");
    }
    ~ForwardReplyTest() override { stop(); }

    void says(const std::string& body) {
        http.answer = [body](const HttpRequest&) { return ScriptedHttp::answered(200, body); };
    }
    /// Message 17 comes in; its webhook waits for as long as it may.
    void message_comes(bool waits = true, std::size_t characters_max = 1600) {
        if (waits) group.spawn("webhook", answer(characters_max));
        run_some();
        store.add("app", "ann", clock.now());
        Forward& forward = store.rows.back().forward;
        forward.report.reset();
        forward.message_id = 17;
        forward.message = ForwardedMessage{.sender = "+17735550123",
                                           .recipient = "+13125550100",
                                           .text = "hello",
                                           .received = clock.now(),
                                           .metadata = R"({"message_channel": "sms"})"};
        forwarder.look();
    }
    Task<> answer(std::size_t characters_max) {
        const auto said = co_await replies.wait(17, characters_max, clock.now() + 5s);
        answered.push_back(said ? std::optional(*said) : std::nullopt);
    }
    bool settled(std::size_t count) {
        return run_until([&] { return store.settled_replies.size() >= count; });
    }
    std::string status() { return forwarder.checks().at(0).text; }

    std::vector<std::optional<StoredTexts>> answered;
};

TEST_F(ForwardReplyTest, WhatItSaysInTimeIsTheAnswerOfTheWebhookThatWaits) {
    message_comes();
    ASSERT_TRUE(run_until([&] { return answered.size() == 1; }));
    EXPECT_THAT(answered[0], Optional(ElementsAre("Good to hear", "See you")));
    ASSERT_THAT(store.settled_replies, SizeIs(1));
    EXPECT_TRUE(store.settled_replies[0].in_answer);
    EXPECT_THAT(store.rows, IsEmpty());
}

TEST_F(ForwardReplyTest, ALaterOneBecomesMessagesToWhomeverItAnswers) {
    message_comes(false);
    ASSERT_TRUE(settled(1));
    const ForwardReply& reply = store.settled_replies[0];
    EXPECT_FALSE(reply.in_answer);
    EXPECT_EQ(reply.destination, "+17735550123");
    EXPECT_EQ(reply.channel, "sms");
    EXPECT_EQ(reply.webhook_id, "fwd_1");
    EXPECT_THAT(reply.texts, ElementsAre("Good to hear", "See you"));
}

TEST_F(ForwardReplyTest, AWebhookWaitsNoLongerThanItMay) {
    http.answer = [](const HttpRequest&) { return ScriptedHttp::answered(503); };
    message_comes();
    ASSERT_TRUE(asked(1));
    clock.advance(5s);
    ASSERT_TRUE(run_until([&] { return answered.size() == 1; }));
    EXPECT_EQ(answered[0], std::nullopt);
}

TEST_F(ForwardReplyTest, OfAnApplicationThatSaysNothingTheWebhookHearsAtOnce) {
    for (const char* body : {"", "OK", R"({"ok": true})", R"({"replies": []})", R"({"replies": null})"}) {
        says(body);
        answered.clear();
        message_comes();
        ASSERT_TRUE(run_until([&] { return answered.size() == 1; })) << body;
        EXPECT_THAT(answered[0], Optional(IsEmpty()));
    }
    EXPECT_EQ(forwarder.checks().at(0).health, Health::ok);
}

TEST_F(ForwardReplyTest, WhatIsLongerThanAnAnswerCanCarryBecomesMessages) {
    message_comes(true, 5);
    ASSERT_TRUE(settled(1));
    EXPECT_FALSE(store.settled_replies[0].in_answer);
    EXPECT_THAT(answered, IsEmpty());
}

TEST_F(ForwardReplyTest, WhereNobodyKnowsWhetherItWasRecordedItIsSentOnceAllTheSame) {
    // Recorded as the answer, but that was not heard of; meanwhile the webhook was answered without it.
    store.answer_is_lost = true;
    message_comes();
    ASSERT_TRUE(settled(1));
    EXPECT_TRUE(store.settled_replies[0].in_answer);
    store.fails = true;
    for (int second = 0; second < 8; ++second) {
        clock.advance(1s);
        run_some();
    }
    store.fails = false;
    clock.advance(2s);
    ASSERT_TRUE(settled(2));
    EXPECT_FALSE(store.settled_replies[1].in_answer) << "the store takes it back from the webhook's answer";
    EXPECT_EQ(store.settled_replies[1].webhook_id, store.settled_replies[0].webhook_id);
    EXPECT_THAT(answered, ElementsAre(std::nullopt));
}

TEST_F(ForwardReplyTest, WhereRecordingTakesLongerThanTheWebhookWaitsItBecomesMessages) {
    store.hangs = true;
    message_comes();
    ASSERT_TRUE(run_until([&] { return !store.hangs; })) << "it is being written";
    clock.advance(8s);
    ASSERT_TRUE(run_until([&] { return answered.size() == 1; }));
    EXPECT_EQ(answered[0], std::nullopt);
    stop();
    ASSERT_THAT(store.settled_replies, SizeIs(1));
    EXPECT_FALSE(store.settled_replies[0].in_answer);
}

TEST_F(ForwardReplyTest, WhatWasRecordedOnlyOnceTheWebhookHadGoneBecomesMessages) {
    store.next_takes = 9s;
    message_comes();
    ASSERT_TRUE(run_until([&] { return store.next_takes == 0s; })) << "it is being written";
    for (int second = 0; second < 9; ++second) {
        clock.advance(1s);
        run_some();
    }
    ASSERT_TRUE(settled(2));
    EXPECT_THAT(answered, ElementsAre(std::nullopt));
    EXPECT_TRUE(store.settled_replies[0].in_answer);
    EXPECT_FALSE(store.settled_replies[1].in_answer);
    EXPECT_THAT(store.settled_replies[1].texts, ElementsAre("Good to hear", "See you"));
}

TEST_F(ForwardReplyTest, WhatCannotBeUsedIsAcknowledgedAndSaid) {
    for (const auto& [body, fault] :
         {std::pair(R"({"replies": "hello"})", "no list of texts"),
          std::pair(R"({"replies": [1]})", "no list"),
          std::pair(R"({"replies": ["","","","","","","","","","",""]})", "more than ten")}) {
        says(body);
        message_comes();
        ASSERT_TRUE(run_until([&] { return store.rows.empty(); })) << body;
        EXPECT_THAT(status(), HasSubstr(fault));
        EXPECT_EQ(forwarder.checks().at(0).health, Health::warning);
    }
    says(R"({"replies": ["hello"]})");
    message_comes();
    ASSERT_TRUE(run_until([&] { return store.rows.empty(); }));
    EXPECT_EQ(forwarder.checks().at(0).health, Health::ok) << "until one can be used";
}

TEST_F(ForwardReplyTest, WhatTheDatabaseRefusesIsOnTheStatus) {
    store.refused = 1;
    message_comes(false);
    ASSERT_TRUE(settled(1));
    run_some();
    EXPECT_THAT(forwarder.checks().at(1).text, HasSubstr("1 of applications were refused"));
}

TEST_F(ForwardReplyTest, OfAnEndpointThatDoesNotReplyNothingIsRead) {
    endpoint.reply_within = 0s;
    forwarder.set_endpoints({endpoint});
    message_comes(false);
    ASSERT_TRUE(run_until([&] { return store.rows.empty(); }));
    EXPECT_THAT(store.settled_replies, IsEmpty());
    EXPECT_FALSE(replies.is_open());
}

TEST_F(ForwardReplyTest, NoMoreThanAThousandWait) {
    for (int i = 0; i < 1000; ++i) group.spawn("webhook", answer(1600));
    run_some();
    EXPECT_EQ(result_of(replies.wait(18, 1600, clock.now() + 5s)), std::nullopt);
}

}  // namespace
}  // namespace postrider::testing
