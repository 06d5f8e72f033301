// kill -9 at each instant that matters, and a new daemon at once.
#include "tests/support/full_port.h"
#include "tests/system/fault_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

enum class At { before_claim, before_body, before_answer, before_record, after_record };

/// What is so at the instant of the death. What it comes to in the end is always the same.
struct Point {
    const char* name;
    At at;
    int open_attempts;     ///< in the journal
    std::size_t accepted;  ///< by the provider
    int recorded;          ///< rows that say sent
};

void PrintTo(const Point& point, std::ostream* out) { *out << point.name; }

/// Two conversations, one of them with two messages.
const Point points[]{
    {"BeforeTheClaim", At::before_claim, 0, 0, 0},
    {"AfterTheClaimBeforeTheBodyLeft", At::before_body, 2, 0, 0},
    {"AfterTheProviderAcceptedBeforeItsAnswer", At::before_answer, 2, 2, 0},
    {"AfterTheAnswerBeforeItIsRecorded", At::before_record, 2, 2, 0},
    {"AfterAllIsRecorded", At::after_record, 0, 3, 3},
};

class Killed : public FaultTest, public ::testing::WithParamInterface<Point> {
protected:
    /// Runs a daemon up to that instant, and kills it.
    void live_until(At at) {
        if (at == At::before_answer) {
            twilio.by_default(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::hang, true));
        }
        if (at == At::before_claim) {
            put_in_three();
            // Whoever claims must pass these locks.
            held.emplace(site, "select from simple_messaging_outgoingmessage for update");
        }
        const std::string base_url = at == At::before_body ? full_port.url() : twilio.base_url();
        DaemonProcess daemon(config_for(site.url(), base_url));
        ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
        if (at == At::before_record) {
            held.emplace(site, "lock table postrider.attempt_history in exclusive mode");
        }
        if (at != At::before_claim) put_in_three();
        ASSERT_TRUE(reaches(at)) << daemon.log();
        daemon.kill();
        const Point& point = GetParam();
        EXPECT_EQ(site.number("select count(*) from postrider.attempt"), point.open_attempts);
        EXPECT_EQ(twilio.accepted_count(), point.accepted);
        EXPECT_EQ(
            site.number("select count(*) from simple_messaging_outgoingmessage where sent_date is not null"),
            point.recorded);
        held.reset();
        twilio.by_default(TwilioBehaviour());
    }

    void put_in_three() {
        put_in({{.message = "first"},
                {.message = "second"},
                {.destination = "+13125550102", .message = "another"}});
    }

    bool reaches(At at) {
        switch (at) {
            case At::before_claim: return true;
            case At::before_body: return site.wait_for("select count(*) = 2 from postrider.attempt");
            case At::before_answer: return twilio.wait_for_accepted(2, patience);
            case At::before_record:
                return twilio.wait_for_accepted(2, patience) &&
                       site.wait_for("select exists (select from pg_locks where not granted)");
            case At::after_record: return site.wait_for_all_ended();
        }
        return false;
    }

    FullPort full_port;
    std::optional<HeldTransaction> held;
};

TEST_P(Killed, EachMessageIsSentOnceInOrderAndRecordedSo) {
    ASSERT_NO_FATAL_FAILURE(live_until(GetParam().at));
    DaemonProcess next(config());
    ASSERT_TRUE(next.wait_until_sending()) << next.log();
    ASSERT_TRUE(all_end()) << balance() << next.log();
    EXPECT_TRUE(balance().exact()) << balance() << next.log();
    EXPECT_EQ(next.stop(), 0) << next.log();
}

INSTANTIATE_TEST_SUITE_P(, Killed, ::testing::ValuesIn(points),
                         [](const auto& point) { return point.param.name; });

/// A text in three parts, and daemons that die on the way.
class KilledBetweenParts : public FaultTest {
protected:
    KilledBetweenParts() {
        std::string text;
        for (int i = 0; text.size() < 4000; ++i) text += fmt::format("Sentence number {} of them. ", i);
        put_in({{.message = text}});
    }

    void expect_each_once_in_order(DaemonProcess& daemon) {
        ASSERT_TRUE(all_end()) << balance() << daemon.log();
        EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
        EXPECT_EQ(twilio.accepted_count(), 3u);
        EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    }

    using Manner = TwilioBehaviour::Manner;
};

TEST_F(KilledBetweenParts, AfterEachWasAcceptedAllThreeArriveOnceInOrder) {
    for (std::size_t part = 1; part <= 3; ++part) {
        twilio.next(TwilioBehaviour::lose_answer(Manner::hang, true));
        DaemonProcess daemon(config());
        ASSERT_TRUE(twilio.wait_for_accepted(part, doubt_patience)) << daemon.log();
        daemon.kill();
        EXPECT_EQ(site.number("select part from postrider.attempt"), static_cast<long long>(part));
    }
    DaemonProcess last(config());
    expect_each_once_in_order(last);
}

TEST_F(KilledBetweenParts, AfterEachWasRecordedAllThreeArriveOnceInOrder) {
    for (std::size_t part = 1; part <= 2; ++part) {
        twilio.next(TwilioBehaviour());
        twilio.next(TwilioBehaviour::lose_answer(Manner::hang, false));  // the next one never gets there
        DaemonProcess daemon(config());
        ASSERT_TRUE(twilio.wait_for_requests(2 * part, doubt_patience)) << daemon.log();
        daemon.kill();
        EXPECT_EQ(twilio.accepted_count(), part);
        EXPECT_EQ(site.number("select part from postrider.attempt"), static_cast<long long>(part) + 1);
    }
    DaemonProcess last(config());
    expect_each_once_in_order(last);
}

}  // namespace
}  // namespace postrider::testing
