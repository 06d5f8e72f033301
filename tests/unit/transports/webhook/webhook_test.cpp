// Requests become webhooks, and answers outcomes.
#include "lib/crypto/base64.h"
#include "lib/crypto/webhook_signature.h"
#include "tests/support/fake_permit.h"
#include "tests/support/server_thread.h"
#include "tests/support/transport_world.h"
#include "transports/webhook/answer.h"
#include "transports/webhook/request.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

namespace postrider::webhook {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

HttpResult answered(int status) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = status;
    return result;
}
Verdict verdict_of(int status) { return read_answer(answered(status), "msg_1", TimePoint{}).verdict; }

TEST(WebhookAnswerTest, EachStatusHasItsMeaning) {
    using enum Verdict;
    const std::vector<std::pair<int, Verdict>> meanings{
        {200, sent},          {202, sent},          {204, sent},          {299, sent},
        {301, misconfigured}, {307, misconfigured}, {400, deferred},      {401, misconfigured},
        {403, misconfigured}, {404, misconfigured}, {405, misconfigured}, {408, deferred},
        {410, misconfigured}, {422, deferred},      {429, throttled},     {500, in_doubt},
        {502, in_doubt},      {503, in_doubt},      {504, in_doubt},      {100, in_doubt}};
    for (const auto& [status, verdict] : meanings) EXPECT_EQ(verdict_of(status), verdict) << status;
}

TEST(WebhookAnswerTest, RetryAfterIsObeyedOnAnyFailure) {
    HttpResult result = answered(503);
    result.answer.headers = {{"retry-after", "120"}};
    EXPECT_EQ(read_answer(result, "", TimePoint{}).retry_after, 120s);
}

TEST(WebhookAnswerTest, WhatWasSentAndNotAnsweredIsInDoubt) {
    EXPECT_EQ(read_answer(HttpResult{}, "", TimePoint{}).verdict, Verdict::in_doubt);
    HttpResult result;
    result.exchange = Exchange::not_sent;
    EXPECT_EQ(read_answer(result, "", TimePoint{}).verdict, Verdict::deferred);
    result.address_refused = true;
    EXPECT_EQ(read_answer(result, "", TimePoint{}).verdict, Verdict::misconfigured);
}

struct WebhookTest : testing::TransportWorld {
    ~WebhookTest() override { stop(); }

    static constexpr const char* secret = "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG";

    std::unique_ptr<Transport> transport_with(const std::string& more = "allow_private: true\n") {
        return made("webhook", fmt::format("url: {}/hook\nsecret: {}\n{}", receiver.url(), secret, more));
    }
    Outcome send(Transport& transport) {
        PreparedRequest request;
        request.message = {TimePoint(std::chrono::seconds{1893456000}), 81};
        request.token = "0123456789abcdef0123456789abcdef";
        request.destination = Address("pat");
        request.text = Text("Grüße \"Pat\"");
        request.metadata = R"({"study": 7, "postrider": {"attempt": 1}})";
        std::vector<PreparedRequest> batch;
        batch.push_back(std::move(request));
        return result_of(transport.send(std::move(batch), permit)).at(0);
    }
    std::vector<ServerRequest> received() {
        const std::lock_guard lock(mutex);
        return requests;
    }
    Task<ServerAnswer> receive(ServerRequest request) {
        const std::lock_guard lock(mutex);
        requests.push_back(std::move(request));
        co_return answer;
    }

    std::mutex mutex;
    std::vector<ServerRequest> requests;
    ServerAnswer answer;
    testing::FakePermit permit;
    testing::ServerThread receiver{[this](ServerRequest request) { return receive(std::move(request)); }};
};

TEST_F(WebhookTest, CarriesTheMessageAndASignatureThatHolds) {
    const auto transport = transport_with();
    const Outcome outcome = send(*transport);
    EXPECT_EQ(outcome.verdict, Verdict::sent);
    EXPECT_EQ(outcome.provider_id, "msg_81_0123456789abcdef0123456789abcdef");
    ASSERT_EQ(received().size(), 1u);
    const ServerRequest request = received()[0];
    EXPECT_EQ(request.path, "/hook");
    EXPECT_EQ(request.header("content-type"), "application/json");
    EXPECT_EQ(request.header("webhook-id"), outcome.provider_id);
    EXPECT_EQ(request.header("webhook-timestamp"), "1893456000");
    EXPECT_EQ(request.header("webhook-signature"),
              webhook_signature({*webhook_key_of(Secret(secret))}, outcome.provider_id, "1893456000",
                                request.body));
    EXPECT_EQ(boost::json::parse(request.body), boost::json::parse(R"({"type": "message.outgoing",
        "timestamp": "2030-01-01T00:00:00.000000Z", "data": {"id": 81, "destination": "pat",
        "message": "Grüße \"Pat\"", "metadata": {"study": 7}, "part": 1, "parts": 1}})"))
        << request.body;
}

TEST_F(WebhookTest, ASecondTryHasTheSameIdAndBodyAndATimeOfItsOwn) {
    const auto transport = transport_with();
    send(*transport);
    clock.advance(60s);
    send(*transport);
    ASSERT_EQ(received().size(), 2u);
    EXPECT_EQ(received()[0].header("webhook-id"), received()[1].header("webhook-id"));
    EXPECT_EQ(received()[0].body, received()[1].body);
    EXPECT_EQ(received()[1].header("webhook-timestamp"), "1893456060");
}

TEST_F(WebhookTest, AnAddressOfOurOwnNetworksIsRefusedUnlessAllowed) {
    const auto transport = transport_with("");
    EXPECT_EQ(send(*transport).verdict, Verdict::misconfigured);
    EXPECT_THAT(received(), IsEmpty());
}

TEST_F(WebhookTest, AConnectionOfOneThatMayIsNoWayInForOneThatMayNot) {
    const auto may = transport_with();
    const auto may_not = transport_with("");
    EXPECT_EQ(send(*may).verdict, Verdict::sent);
    EXPECT_EQ(send(*may_not).verdict, Verdict::misconfigured);
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(WebhookTest, ALongAnswerIsNotReadAndCountsAllTheSame) {
    answer.body = std::string(1 << 20, 'x');
    const auto transport = transport_with();
    EXPECT_EQ(send(*transport).verdict, Verdict::sent);
    EXPECT_EQ(send(*transport).verdict, Verdict::sent);
}

TEST_F(WebhookTest, WithoutThePermitNothingLeaves) {
    permit.grants = false;
    const auto transport = transport_with();
    EXPECT_EQ(send(*transport).verdict, Verdict::deferred);
    EXPECT_THAT(received(), IsEmpty());
}

TEST(WebhookSettingsTest, WhatIsWrongIsNamedWithoutTheSecret) {
    const SettingsDocument document("url: http://x.example/\nsecret: [hunter2]\ntype: a..b\n");
    SettingsReader reader = document.reader();
    read_settings(reader);
    reader.finish();
    std::string problems;
    for (const Problem& problem : document.problems()) problems += problem.what + "\n";
    EXPECT_THAT(problems, HasSubstr("url"));
    EXPECT_THAT(problems, HasSubstr("secret: must be whsec_"));
    EXPECT_THAT(problems, HasSubstr("type: must be words"));
    EXPECT_THAT(problems, ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace postrider::webhook
