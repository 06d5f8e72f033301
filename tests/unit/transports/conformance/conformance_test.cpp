// What the engine relies on, whatever the provider.
#include "tests/support/fake_permit.h"
#include "tests/support/transport_world.h"
#include "tests/unit/transports/conformance/provider.h"

#include <gmock/gmock.h>

#include <set>

namespace postrider::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

/// The real client, which waits no longer than a test may; and how long it was asked to.
class HurriedHttp final : public HttpClient {
public:
    explicit HurriedHttp(HttpClient& client) : client_(client) {}
    Task<HttpResult> send(HttpRequest request, SendGate gate) override {
        asked = request.timeout;
        request.timeout = std::min(request.timeout, limit);
        return client_.send(std::move(request), std::move(gate));
    }
    std::chrono::milliseconds limit = 1h;
    std::chrono::milliseconds asked{0};

private:
    HttpClient& client_;
};

class HurriedSmtp final : public SmtpClient {
public:
    explicit HurriedSmtp(SmtpClient& client) : client_(client) {}
    Task<SmtpResult> send(SmtpRequest request, SendGate gate) override {
        asked = request.timeout;
        request.timeout = std::min(request.timeout, limit);
        return client_.send(std::move(request), std::move(gate));
    }
    std::chrono::milliseconds limit = 1h;
    std::chrono::milliseconds asked{0};

private:
    SmtpClient& client_;
};

template <class Kind>
struct Conformance : TransportWorld, ::testing::WithParamInterface<ProviderKind<Kind>> {
    // Some providers know what time it is.
    Conformance()
        : TransportWorld(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) {}
    ~Conformance() override { stop(); }

    const std::string& kind() const { return this->GetParam().transport; }
    PreparedRequest request(int number = 1) const {
        PreparedRequest request;
        request.attempt.id = number;
        request.attempt.idempotency_key = "01234567-89ab-4def-8123-4567890a" + std::to_string(1000 + number);
        request.attempt.first_sent = clock.now();
        request.message.id = number;
        request.token = std::string(31, '0') + std::to_string(number % 10);
        request.destination = Address(this->GetParam().destination);
        request.text = Text("Visit at 9:00");
        return request;
    }
    Task<std::vector<Outcome>> sending(int number = 1) {
        std::vector<PreparedRequest> requests;
        requests.push_back(request(number));
        return transport->send(std::move(requests), permit);
    }
    Outcome send(int number = 1) {
        const std::vector<Outcome> outcomes = result_of(sending(number));
        EXPECT_EQ(outcomes.size(), 1u);
        return outcomes.at(0);
    }
    /// Some are told how to be by their channel's settings.
    void next(Manner manner) {
        const std::string before = provider->settings();
        provider->next(manner);
        if (provider->settings() != before) transport = made(kind(), provider->settings());
    }
    Outcome sent_to_one_that(Manner manner) {
        next(manner);
        return send();
    }
    /// Our own words: what a provider says may name somebody.
    void expect_names_nobody(const Outcome& outcome) const {
        EXPECT_THAT(outcome.reason, Not(HasSubstr(this->GetParam().destination)));
        EXPECT_THAT(outcome.reason, Not(HasSubstr("Visit")));
        EXPECT_NE(outcome.reason, "");
    }

    TransportParts parts() override { return {hurried_http, hurried_smtp, clock, files}; }

    HurriedHttp hurried_http{*http};
    HurriedSmtp hurried_smtp{*smtp};
    std::unique_ptr<Kind> provider = this->GetParam().make();
    std::unique_ptr<Transport> transport = made(kind(), provider->settings());
    FakePermit permit;
};

using TransportConformance = Conformance<Provider>;
using NetworkConformance = Conformance<NetworkProvider>;

TEST_P(TransportConformance, WhatIsAcceptedIsSentAndCanBeNamed) {
    const Outcome outcome = sent_to_one_that(Manner::accepts);
    EXPECT_EQ(outcome.verdict, Verdict::sent);
    EXPECT_NE(outcome.provider_id, "");
    EXPECT_FALSE(outcome.metadata.empty());
}

TEST_P(TransportConformance, ARefusalOfTheMessageIsNoDoubtAndNamesNobody) {
    const Outcome outcome = sent_to_one_that(Manner::rejects);
    // A webhook's receiver has no way to say "never".
    EXPECT_THAT(outcome.verdict, AnyOf(Verdict::rejected, Verdict::deferred));
    expect_names_nobody(outcome);
}

TEST_P(TransportConformance, WhatIsWantedLaterIsDeferred) {
    const Outcome outcome = sent_to_one_that(Manner::defers);
    EXPECT_EQ(outcome.verdict, Verdict::deferred);
    expect_names_nobody(outcome);
}

TEST_P(TransportConformance, WhoeverAsksForLessIsHeard) {
    EXPECT_EQ(sent_to_one_that(Manner::throttles).verdict, Verdict::throttled);
}

TEST_P(TransportConformance, WhatIsTheChannelsFaultBlamesNoMessage) {
    const Outcome outcome = sent_to_one_that(Manner::blames_channel);
    EXPECT_EQ(outcome.verdict, Verdict::misconfigured);
    expect_names_nobody(outcome);
}

TEST_P(TransportConformance, AnAnswerThatIsLostIsADoubt) {
    const Outcome outcome = sent_to_one_that(Manner::loses_answer);
    EXPECT_EQ(outcome.verdict, Verdict::in_doubt);
    expect_names_nobody(outcome);
}

TEST_P(NetworkConformance, WhatIsSentOnceIsAcceptedOnce) {
    sent_to_one_that(Manner::accepts);
    EXPECT_EQ(provider->accepted(), 1u);
    provider->next(Manner::loses_answer);
    send(2);
    EXPECT_EQ(provider->accepted(), 2u);
}

TEST_P(TransportConformance, AfterEachOfTheseTheNextMessageGoes) {
    for (const Manner manner :
         {Manner::rejects, Manner::defers, Manner::throttles, Manner::blames_channel, Manner::loses_answer}) {
        sent_to_one_that(manner);
        EXPECT_EQ(send(2).verdict, Verdict::sent) << static_cast<int>(manner);
    }
}

TEST_P(NetworkConformance, AnAnswerThatNeverComesIsADoubtWhenTheTimeIsUp) {
    hurried_http.limit = hurried_smtp.limit = 500ms;
    const Outcome outcome = sent_to_one_that(Manner::hangs);
    EXPECT_EQ(outcome.verdict, Verdict::in_doubt);
    expect_names_nobody(outcome);
    EXPECT_EQ(provider->accepted(), 1u);
    // By then a lease may have ended, and a peer begun to look into it.
    const auto asked = std::max(hurried_http.asked, hurried_smtp.asked);
    EXPECT_GT(asked, 0s);
    EXPECT_LE(asked, GetParam().transport == "email" ? 120s : 15s);
    EXPECT_EQ(send(2).verdict, Verdict::sent);
}

TEST_P(NetworkConformance, ASlowAnswerIsAwaited) {
    EXPECT_EQ(sent_to_one_that(Manner::is_slow).verdict, Verdict::sent);
}

TEST_P(NetworkConformance, AnAnswerOfMegabytesIsAcceptanceOrADoubtButNeverARefusal) {
    const Verdict verdict = sent_to_one_that(Manner::is_verbose).verdict;
    EXPECT_EQ(verdict, provider->reads_little() ? Verdict::sent : Verdict::in_doubt);
    const Outcome next = send(2);
    EXPECT_EQ(next.verdict, Verdict::sent) << next.reason;
}

TEST_P(TransportConformance, ThePermitIsAskedOnceForEachRequest) {
    send();
    EXPECT_EQ(permit.asked, 1);
}

TEST_P(TransportConformance, WithoutThePermitItIsNoDoubt) {
    permit.grants = false;
    EXPECT_EQ(send().verdict, Verdict::deferred);
    permit.grants = true;
    EXPECT_EQ(send(2).verdict, Verdict::sent);
}

TEST_P(NetworkConformance, WithoutThePermitNothingLeaves) {
    permit.grants = false;
    send();
    EXPECT_EQ(provider->accepted(), 0u);
}

TEST_P(NetworkConformance, ThePermitIsAskedWhenTheConnectionIsThere) {
    transport = made(GetParam().transport, provider->settings_with_broken_tls());
    EXPECT_THAT(send().verdict, AnyOf(Verdict::deferred, Verdict::misconfigured));
    EXPECT_EQ(permit.asked, 0);
    EXPECT_EQ(provider->accepted(), 0u);
}

TEST_P(NetworkConformance, CancelledBeforeAnythingLeftItLeavesNothing) {
    TaskGroup sends(io.get_executor());
    std::optional<std::vector<Outcome>> outcomes;
    sends.spawn("send", keep(sending(), outcomes));
    io.restart();
    io.poll_one();
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return sends.size() == 0; }));
    EXPECT_FALSE(outcomes);
    EXPECT_EQ(send(2).verdict, Verdict::sent);
    EXPECT_EQ(provider->accepted(), 1u);
}

TEST_P(TransportConformance, CancelledWhileItWaitsForAnAnswerItLeavesNothing) {
    next(Manner::hangs);
    TaskGroup sends(io.get_executor());
    std::optional<std::vector<Outcome>> outcomes;
    sends.spawn("send", keep(sending(), outcomes));
    io.restart();
    io.poll();
    ASSERT_TRUE(run_until([&] { return provider->hangs(); }));
    sends.cancel();
    ASSERT_TRUE(run_until([&] { return sends.size() == 0; }));
    EXPECT_FALSE(outcomes);
    EXPECT_EQ(sent_to_one_that(Manner::accepts).verdict, Verdict::sent);
}

TEST_P(TransportConformance, ManyAtOnceHaveAnOutcomeEach) {
    constexpr int count = 200;
    std::vector<std::optional<std::vector<Outcome>>> outcomes(count);
    for (int i = 0; i < count; ++i)
        group.spawn("send", keep(sending(i + 1), outcomes[static_cast<std::size_t>(i)]));
    ASSERT_TRUE(run_until([&] { return group.size() == 0; }));
    std::set<std::string> names;
    for (const auto& each : outcomes) {
        ASSERT_TRUE(each);
        EXPECT_EQ(each->at(0).verdict, Verdict::sent) << each->at(0).reason;
        names.insert(each->at(0).provider_id);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(count)) << "each has a name of its own";
}

TEST(TransportConformanceTest, EveryTransportIsHere) {
    std::set<std::string> here;
    for (const auto& kind : provider_kinds()) here.insert(kind.transport);
    for (const TransportKind* kind : all_transport_kinds()) {
        EXPECT_TRUE(here.contains(std::string(kind->name())))
            << kind->name() << " has no provider in tests/unit/transports/conformance";
    }
}

INSTANTIATE_TEST_SUITE_P(Each, TransportConformance, ::testing::ValuesIn(provider_kinds()),
                         [](const auto& kind) { return kind.param.transport; });
INSTANTIATE_TEST_SUITE_P(Each, NetworkConformance, ::testing::ValuesIn(network_provider_kinds()),
                         [](const auto& kind) { return kind.param.transport; });

}  // namespace
}  // namespace postrider::testing
