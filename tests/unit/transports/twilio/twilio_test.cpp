#include "transports/twilio/twilio.h"

#include "lib/async/database_clock.h"
#include "lib/dispatch/number_lookup.h"
#include "tests/support/fake_permit.h"
#include "tests/support/loop_test.h"
#include "tests/support/twilio_imitation.h"
#include "transports/transports.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TwilioBehaviour;
using Manner = testing::TwilioBehaviour::Manner;

struct TwilioTest : testing::LoopTest {
    Settings settings() const {
        Settings settings;
        settings.account_sid = provider.settings().account_sid;
        settings.auth_token = Secret(provider.settings().auth_token);
        settings.from = "+13125550100";
        settings.base_url = provider.base_url();
        return settings;
    }

    Outcome send(std::string to, std::string text) {
        PreparedRequest request;
        request.attempt.id = 7;
        request.destination = Address(std::move(to));
        request.text = Text(std::move(text));
        std::vector<PreparedRequest> requests;
        requests.push_back(std::move(request));
        const std::vector<Outcome> outcomes = result_of(transport->send(std::move(requests), permit));
        EXPECT_EQ(outcomes.size(), 1u);
        return outcomes.at(0);
    }

    testing::TwilioImitation provider;
    testing::FakePermit permit;
    DatabaseClock clock{io.get_executor()};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<Transport> transport = make_transport(settings(), *http, clock);
};

TEST_F(TwilioTest, AMessageArrivesAsItWasWritten) {
    const std::string text = "Grüße & 50% + „Zitat“\nline 2 👋";
    const Outcome outcome = send("+17735550123", text);
    EXPECT_EQ(outcome.verdict, Verdict::sent) << outcome.reason;
    ASSERT_EQ(provider.accepted_count(), 1u);
    const auto accepted = provider.accepted()[0];
    EXPECT_EQ(accepted.to, "+17735550123");
    EXPECT_EQ(accepted.from, "+13125550100");
    EXPECT_EQ(accepted.body, text);
    EXPECT_EQ(accepted.sid, outcome.provider_id);
    EXPECT_EQ(boost::json::serialize(outcome.metadata), R"({"twilio_sid":[")" + accepted.sid + R"("]})");
    EXPECT_EQ(permit.asked, 1);
}

TEST_F(TwilioTest, AnImageArrivesAsAMediumAndItsSidIsKnown) {
    const std::string text = "image:https://x.example/a.png";
    ASSERT_TRUE(transport->is_medium(text));
    PreparedRequest request;
    request.destination = Address("+17735550123");
    request.text = Text(text);
    request.text_is_medium = true;
    std::vector<PreparedRequest> requests(1, request);
    const Outcome outcome = result_of(transport->send(std::move(requests), permit)).at(0);
    EXPECT_EQ(outcome.verdict, Verdict::sent) << outcome.reason;
    EXPECT_THAT(outcome.provider_id, ::testing::StartsWith("MM"));
    EXPECT_EQ(provider.accepted().at(0).body, "");
    EXPECT_THAT(provider.accepted()[0].media_urls, ::testing::ElementsAre("https://x.example/a.png"));
}

TEST_F(TwilioTest, AnApiKeyOpensTheDoorToo) {
    Settings with_key = settings();
    with_key.auth_token.reset();
    with_key.api_key = provider.settings().api_key;
    with_key.api_key_secret = Secret(provider.settings().api_key_secret);
    transport = make_transport(with_key, *http, clock);
    EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::sent);
}

TEST_F(TwilioTest, ARefusalIsTheMessagesFaultAndKeepsTheNumberOut) {
    const Outcome outcome = send("+1555", "Hi");
    EXPECT_EQ(outcome.verdict, Verdict::rejected);
    EXPECT_EQ(outcome.reason, "the recipient is not a valid number, code 21211");
    EXPECT_EQ(provider.refused().at(0).code, 21211);
}

TEST_F(TwilioTest, WrongCredentialsBlameTheChannel) {
    Settings wrong = settings();
    wrong.auth_token = Secret("wrong");
    transport = make_transport(wrong, *http, clock);
    EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::misconfigured);
}

TEST_F(TwilioTest, WithoutPermitNothingIsSent) {
    permit.grants = false;
    EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::deferred);
    permit.grants = true;
    EXPECT_EQ(send("+17735550123", "Again").verdict, Verdict::sent);
    EXPECT_EQ(provider.accepted_count(), 1u);
    EXPECT_TRUE(provider.refused().empty());
}

TEST_F(TwilioTest, ALostAnswerIsInDoubt) {
    for (const Manner manner : {Manner::close_before, Manner::close_amid, Manner::garbage}) {
        provider.next(TwilioBehaviour::lose_answer(manner, true));
        EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::in_doubt);
    }
    EXPECT_EQ(provider.accepted_count(), 3u) << "each arrives once";
}

TEST_F(TwilioTest, AServerErrorIsInDoubtAndABusyOneThrottles) {
    provider.next(TwilioBehaviour::refuse(503, 0, "<html>Service Unavailable</html>"));
    EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::in_doubt);
    TwilioBehaviour busy = TwilioBehaviour::refuse(429, 20429, "Too Many Requests");
    busy.headers = {{"Retry-After", "3"}};
    provider.next(busy);
    const Outcome outcome = send("+17735550123", "Hi");
    EXPECT_EQ(outcome.verdict, Verdict::throttled);
    EXPECT_EQ(outcome.retry_after, 3s);
}

TEST_F(TwilioTest, ASendThatHangsCanBeCancelled) {
    provider.next(TwilioBehaviour::lose_answer(Manner::hang, true));
    TaskGroup sends(io.get_executor());
    std::optional<std::vector<Outcome>> outcomes;
    std::vector<PreparedRequest> requests(1);
    requests[0].destination = Address("+17735550123");
    requests[0].text = Text("Hi");
    sends.spawn("send", keep(transport->send(std::move(requests), permit), outcomes));
    ASSERT_TRUE(run_until([this] { return provider.accepted_count() == 1; }));
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return sends.size() == 0; }));
    EXPECT_FALSE(outcomes);
    EXPECT_EQ(send("+17735550123", "Next").verdict, Verdict::sent);
}

TEST_F(TwilioTest, ObjectionableTextsNeverReachTwilio) {
    EXPECT_EQ(send("+17735550123", "").verdict, Verdict::rejected);
    EXPECT_EQ(send("+17735550123", std::string(1601, 'x')).verdict, Verdict::rejected);
    EXPECT_EQ(provider.accepted_count() + provider.refused().size(), 0u);
    EXPECT_EQ(send("+17735550123", std::string(1600, 'x')).verdict, Verdict::sent);
}

TEST_F(TwilioTest, LooksNumbersUp) {
    Settings with_lookups = settings();
    with_lookups.lookups_url = provider.base_url();
    transport = make_transport(with_lookups, *http, clock);
    NumberLookup* const lookup = transport->number_lookup();
    ASSERT_NE(lookup, nullptr);
    const NumberReport report = result_of(lookup->look_up(Address("312-555-0123"), "US"));
    EXPECT_TRUE(report.valid);
    EXPECT_EQ(report.number, "+13125550123");
    EXPECT_EQ(report.carrier, "Example Wireless");
}

TEST_F(TwilioTest, IsMadeFromAChannelsSettings) {
    const TransportKinds& kinds = all_transport_kinds();
    const auto found =
        std::find_if(kinds.begin(), kinds.end(), [](auto* kind) { return kind->name() == "twilio"; });
    ASSERT_NE(found, kinds.end());
    const SettingsDocument document("account_sid: " + provider.settings().account_sid +
                                    "\nauth_token: " + provider.settings().auth_token +
                                    "\nfrom: MyBrand\nbase_url: " + provider.base_url() + "\n");
    SettingsReader reader = document.reader();
    const MakeTransport make = (*found)->read_settings(reader).transport;
    EXPECT_TRUE(document.problems().empty());
    const auto smtp = make_smtp_client(io.get_executor());
    BlockingPool files{1};
    transport = make(TransportParts{*http, *smtp, clock, files});
    EXPECT_EQ(transport->batch_max(), 1u);
    EXPECT_EQ(transport->text_units_max(), 1600u);
    EXPECT_EQ(send("+17735550123", "Hi").verdict, Verdict::sent);
    EXPECT_EQ(provider.accepted().at(0).from, "MyBrand");
}

}  // namespace
}  // namespace postrider::twilio
