#include "transports/azure/azure.h"

#include "lib/async/database_clock.h"
#include "lib/crypto/base64.h"
#include "tests/support/azure_imitation.h"
#include "tests/support/fake_permit.h"
#include "tests/support/loop_test.h"

#include <gmock/gmock.h>

namespace postrider::azure {
namespace {

using namespace std::chrono_literals;
using testing::AzureBehaviour;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Manner = testing::AzureBehaviour::Manner;

struct AzureTest : testing::LoopTest {
    Settings settings() const {
        Settings settings;
        settings.endpoint = provider.url();
        settings.access_key = Secret(from_base64(provider.settings().access_key).value());
        settings.from = "+18335550100";
        return settings;
    }

    /// The next request, under a key of its own.
    PreparedRequest request(std::string to, std::string text) {
        PreparedRequest request;
        request.attempt.id = ++last_id;
        request.attempt.idempotency_key = "4b2f1c3e-9a7d-4f10-8c55-0c1d2e3f4a" + std::to_string(last_id + 10);
        request.attempt.first_sent = clock.now();
        request.destination = Address(std::move(to));
        request.text = Text(std::move(text));
        return request;
    }
    Outcome send(PreparedRequest request) {
        std::vector<PreparedRequest> requests;
        requests.push_back(std::move(request));
        const std::vector<Outcome> outcomes = result_of(transport->send(std::move(requests), permit));
        EXPECT_EQ(outcomes.size(), 1u);
        return outcomes.at(0);
    }
    Outcome send(std::string to, std::string text) { return send(request(std::move(to), std::move(text))); }

    AttemptId last_id = 0;
    testing::AzureImitation provider;
    testing::FakePermit permit;
    DatabaseClock clock{io.get_executor()};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<Transport> transport = make_transport(settings(), *http, clock);
};

TEST_F(AzureTest, AMessageArrivesAsItWasWritten) {
    const std::string text = "Grüße & 50% + „Zitat“\nline \"2\" 👋";
    const Outcome outcome = send("+14255550123", text);
    EXPECT_EQ(outcome.verdict, Verdict::sent) << outcome.reason;
    ASSERT_THAT(provider.accepted(), SizeIs(1));
    const auto accepted = provider.accepted()[0];
    EXPECT_EQ(accepted.to, "+14255550123");
    EXPECT_EQ(accepted.from, "+18335550100");
    EXPECT_EQ(accepted.text, text);
    EXPECT_EQ(accepted.tag, "postrider-" + accepted.request_id);
    EXPECT_EQ(accepted.message_id, outcome.provider_id);
    EXPECT_EQ(outcome.metadata.at("azure_message_id"), boost::json::string(accepted.message_id));
    EXPECT_EQ(permit.asked, 1);
}

TEST_F(AzureTest, ARequestThatIsRepeatedUnderItsKeySendsNothingAgain) {
    PreparedRequest first = request("+14255550123", "Hi");
    PreparedRequest second = first;
    second.attempt.id += 100;
    for (const Manner manner : {Manner::close_before, Manner::close_amid, Manner::garbage}) {
        provider.next(AzureBehaviour::lose_answer(manner, true));
        EXPECT_EQ(send(first).verdict, Verdict::in_doubt);
    }
    const Outcome outcome = send(second);
    EXPECT_EQ(outcome.verdict, Verdict::sent) << outcome.reason;
    ASSERT_THAT(provider.accepted(), SizeIs(1));
    EXPECT_EQ(outcome.provider_id, provider.accepted()[0].message_id);
    EXPECT_THAT(provider.requests(), SizeIs(4));
}

TEST_F(AzureTest, AnotherMessageUnderTheSameKeyIsRefused) {
    PreparedRequest first = request("+14255550123", "Hi");
    PreparedRequest second = first;
    second.text = Text("Edited meanwhile");
    EXPECT_EQ(send(first).verdict, Verdict::sent);
    const Outcome outcome = send(second);
    EXPECT_EQ(outcome.verdict, Verdict::rejected);
    EXPECT_EQ(outcome.reason, "refused as a repeated request, status 400");
    EXPECT_THAT(provider.accepted(), SizeIs(1));
}

TEST_F(AzureTest, ARefusalIsTheMessagesFaultAndKeepsTheNumberOut) {
    const Outcome outcome = send("+1142", "Hi");
    EXPECT_EQ(outcome.verdict, Verdict::rejected);
    EXPECT_EQ(outcome.reason, "message refused, status 400");
    provider.next(AzureBehaviour::refuse_item(404, "+14255550123 is not known"));
    EXPECT_EQ(send("+14255550123", "Hi").reason, "sender or recipient not found, status 404");
}

TEST_F(AzureTest, AWrongKeyBlamesTheChannel) {
    Settings wrong = settings();
    wrong.access_key = Secret("wrong");
    transport = make_transport(wrong, *http, clock);
    EXPECT_EQ(send("+14255550123", "Hi").verdict, Verdict::misconfigured);
    EXPECT_THAT(provider.requests(), IsEmpty());
}

TEST_F(AzureTest, WithoutPermitNothingIsSent) {
    permit.grants = false;
    EXPECT_EQ(send("+14255550123", "Hi").verdict, Verdict::deferred);
    permit.grants = true;
    EXPECT_EQ(send("+14255550123", "Again").verdict, Verdict::sent);
    EXPECT_THAT(provider.requests(), SizeIs(1));
}

TEST_F(AzureTest, AServerErrorIsInDoubtAndABusyOneThrottles) {
    provider.next(AzureBehaviour::refuse(503, "", "<html>Service Unavailable</html>"));
    EXPECT_EQ(send("+14255550123", "Hi").verdict, Verdict::in_doubt);
    AzureBehaviour busy = AzureBehaviour::refuse(429, "TooManyRequests", "Slow down");
    busy.headers = {{"Retry-After-Ms", "2500"}};
    provider.next(busy);
    const Outcome outcome = send("+14255550123", "Hi");
    EXPECT_EQ(outcome.verdict, Verdict::throttled);
    EXPECT_EQ(outcome.retry_after, 3s);
    provider.next(AzureBehaviour::refuse_item(503, "ServiceUnavailable"));
    EXPECT_EQ(send("+14255550123", "Hi").verdict, Verdict::deferred);
}

TEST_F(AzureTest, ASendThatHangsCanBeCancelled) {
    provider.next(AzureBehaviour::lose_answer(Manner::hang, true));
    TaskGroup sends(io.get_executor());
    std::optional<std::vector<Outcome>> outcomes;
    std::vector<PreparedRequest> requests;
    requests.push_back(request("+14255550123", "Hi"));
    sends.spawn("send", keep(transport->send(std::move(requests), permit), outcomes));
    ASSERT_TRUE(run_until([this] { return provider.accepted().size() == 1; }));
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return sends.size() == 0; }));
    EXPECT_FALSE(outcomes);
    EXPECT_EQ(send("+14255550123", "Next").verdict, Verdict::sent);
}

TEST_F(AzureTest, ObjectionableTextsNeverReachAzure) {
    EXPECT_EQ(send("+14255550123", "").verdict, Verdict::rejected);
    EXPECT_EQ(send("+14255550123", "image:https://x.example/a.png").verdict, Verdict::rejected);
    EXPECT_THAT(provider.requests(), IsEmpty());
    EXPECT_EQ(send("+14255550123", std::string(2048, 'x')).verdict, Verdict::sent);
}

TEST_F(AzureTest, SaysWhatAzureTakes) {
    EXPECT_EQ(transport->batch_max(), 1u);
    EXPECT_EQ(transport->text_units_max(), 2048u);
    EXPECT_TRUE(transport->counts_segments());
    EXPECT_EQ(transport->media_limits().files_max, 0u);
    EXPECT_EQ(transport->idempotency_window(), 5min);
    EXPECT_FALSE(transport->keeps_records());
}

}  // namespace
}  // namespace postrider::azure
