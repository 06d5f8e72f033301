#include "transports/loopback/loopback.h"

#include "lib/async/database_clock.h"
#include "tests/support/fake_permit.h"
#include "tests/support/loop_test.h"
#include "transports/transports.h"

#include <gmock/gmock.h>

namespace postrider::loopback {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// Stands still; sleepers wake at once and move it.
struct StillClock final : Clock {
    TimePoint now() const override { return time; }
    Task<> sleep_until(TimePoint when) override {
        time = when;
        co_return;
    }
    TimePoint time = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h + 5min + 6s + 7us;
};

struct LoopbackTest : testing::LoopTest {
    std::vector<Outcome> send(std::size_t count) {
        std::vector<PreparedRequest> requests(count);
        for (std::size_t i = 0; i < count; ++i) requests[i].attempt.id = static_cast<AttemptId>(i + 1);
        return result_of(transport->send(std::move(requests), permit));
    }
    static std::vector<Verdict> verdicts(const std::vector<Outcome>& outcomes) {
        std::vector<Verdict> all;
        for (const Outcome& outcome : outcomes) all.push_back(outcome.verdict);
        return all;
    }

    testing::FakePermit permit;
    StillClock clock;
    std::unique_ptr<Transport> transport = make_transport(Settings(), clock);
};

TEST_F(LoopbackTest, SaysWhenItSent) {
    const auto outcomes = send(1);
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_EQ(outcomes[0].verdict, Verdict::sent);
    EXPECT_EQ(outcomes[0].metadata.at("loopback"), "Sent at 2026-02-03T04:05:06.000007+00:00 via loopback.");
    EXPECT_EQ(outcomes[0].metadata.size(), 1u);
}

TEST_F(LoopbackTest, TakesBatchesAndAsksThePermitOnce) {
    EXPECT_EQ(transport->batch_max(), 500u);
    EXPECT_EQ(send(500).size(), 500u);
    EXPECT_EQ(permit.asked, 1);
}

TEST_F(LoopbackTest, WithoutPermitNothingIsSent) {
    permit.grants = false;
    EXPECT_THAT(verdicts(send(2)), ElementsAre(Verdict::deferred, Verdict::deferred));
}

TEST_F(LoopbackTest, WaitsAsLongAsItIsTold) {
    const TimePoint start = clock.time;
    transport = make_transport({.delay = 250ms, .fail = {}}, clock);
    send(3);
    EXPECT_EQ(clock.time - start, 250ms);
}

TEST_F(LoopbackTest, FailsInTheOrderItIsToldOverAndOver) {
    using enum Verdict;
    transport = make_transport({.delay = 0ms, .fail = {sent, rejected, in_doubt}}, clock);
    EXPECT_THAT(verdicts(send(2)), ElementsAre(sent, rejected));
    EXPECT_THAT(verdicts(send(3)), ElementsAre(in_doubt, sent, rejected));
}

TEST(LoopbackSettings, AreReadFromAChannel) {
    const SettingsDocument document("delay: 5ms\nfail: [sent, throttled]\n");
    SettingsReader reader = document.reader();
    const Settings settings = read_settings(reader);
    EXPECT_TRUE(document.problems().empty());
    EXPECT_EQ(settings.delay, 5ms);
    EXPECT_THAT(settings.fail, ElementsAre(Verdict::sent, Verdict::throttled));
}

TEST(LoopbackSettings, NameVerdictsThatDoNotExist) {
    const SettingsDocument document("fail: [lost]\n");
    SettingsReader reader = document.reader();
    read_settings(reader);
    ASSERT_EQ(document.problems().size(), 1u);
    EXPECT_THAT(document.problems()[0].what, ::testing::HasSubstr("fail"));
}

TEST_F(LoopbackTest, IsMadeFromAChannelsSettings) {
    const auto http = make_http_client(io.get_executor());
    const auto smtp = make_smtp_client(io.get_executor());
    BlockingPool files{1};
    const SettingsDocument document("fail: [deferred]\n");
    SettingsReader reader = document.reader();
    for (const TransportKind* kind : all_transport_kinds()) {
        if (kind->name() == "loopback")
            transport = kind->read_settings(reader).transport(TransportParts{*http, *smtp, clock, files});
    }
    EXPECT_THAT(verdicts(send(1)), ElementsAre(Verdict::deferred));
}

}  // namespace
}  // namespace postrider::loopback
