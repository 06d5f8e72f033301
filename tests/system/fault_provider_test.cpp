// A provider that fails in every way at once, and for long.
#include "tests/system/fault_test.h"

#include <fmt/format.h>
#include <signal.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

using Manner = TwilioBehaviour::Manner;

class ProviderFault : public FaultTest {};

TEST_F(ProviderFault, EachWayToLoseAnAnswerCostsNoMessageAndDoublesNone) {
    TwilioBehaviour busy = TwilioBehaviour::refuse(429, 20429, "Too Many Requests");
    busy.headers = {{"Retry-After", "1"}};
    TwilioBehaviour broken = TwilioBehaviour::refuse(500, 20500, "Internal error");
    TwilioBehaviour unavailable = TwilioBehaviour::refuse(503, 0, "<html>unavailable</html>");
    const std::vector<TwilioBehaviour> troubles{busy,
                                                broken,
                                                unavailable,
                                                TwilioBehaviour::lose_answer(Manner::hang, true),
                                                TwilioBehaviour::lose_answer(Manner::hang, false),
                                                TwilioBehaviour::lose_answer(Manner::close_before, true),
                                                TwilioBehaviour::lose_answer(Manner::close_before, false),
                                                TwilioBehaviour::lose_answer(Manner::close_amid, true),
                                                TwilioBehaviour::lose_answer(Manner::garbage, true),
                                                TwilioBehaviour::lose_answer(Manner::garbage, false)};
    // Spread, so that most meet connections that have been used before.
    for (int i = 0; i < 3; ++i) {
        for (const TwilioBehaviour& trouble : troubles) {
            for (const TwilioBehaviour& behaviour : {TwilioBehaviour(), trouble, TwilioBehaviour()}) {
                twilio.next(behaviour);
            }
        }
    }
    DaemonProcess daemon(config("    concurrency: 32\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    put_in(numbered_rows(180, 90));
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
}

TEST_F(ProviderFault, AThousandMessagesOutlastAWrongCredentialThatAReloadMends) {
    const auto with_token = [this](const std::string& token) {
        return configuration(site.url(), twilio_channel(twilio.base_url(), "    concurrency: 32\n", token));
    };
    put_in(numbered_rows(1000, 250));
    DaemonProcess daemon(with_token("wrong-token"));
    ASSERT_TRUE(daemon.wait_for_log("channel stopped")) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER CRITICAL")) << daemon.status().body;
    EXPECT_EQ(
        site.number("select count(*) from simple_messaging_outgoingmessage where errored or sent_date is "
                    "not null"),
        0);
    ASSERT_TRUE(daemon.reload(with_token("imitated-token")));
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
}

TEST_F(ProviderFault, WhatIsInsertedDuringAReloadOvertakesNothingInItsConversation) {
    constexpr int numbers = 250;
    const auto with_token = [this](const std::string& token) {
        return configuration(site.url(), twilio_channel(twilio.base_url(), "    concurrency: 32\n", token));
    };
    put_in(numbered_rows(4 * numbers, numbers));
    DaemonProcess daemon(with_token("wrong-token"));
    ASSERT_TRUE(daemon.wait_for_log("channel stopped")) << daemon.log();
    // Each rings; the reload comes while the last of them are read.
    for (NewRow row : numbered_rows(numbers, numbers)) {
        row.message = "later " + row.message;
        put_in({row});
    }
    ASSERT_TRUE(daemon.reload(with_token("imitated-token")));
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
}

TEST_F(ProviderFault, ARefusalOfOldCredentialsThatComesAfterTheirMendingStopsNothing) {
    TwilioBehaviour refusal = TwilioBehaviour::refuse(401, 20003, "Authenticate");
    twilio.next(refusal);
    refusal.delay = 5s;
    twilio.next(refusal);
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    put_in({{.message = "refused"}, {.destination = "+13125550102", .message = "refused late"}});
    ASSERT_TRUE(daemon.wait_for_log("channel stopped")) << daemon.log();
    ASSERT_TRUE(daemon.reload(config("    concurrency: 9\n")));
    ASSERT_TRUE(
        site.wait_for("select count(*) = 2 from postrider.attempt_history where verdict = 'misconfigured'"))
        << daemon.log();
    put_in({{.destination = "+13125550103", .message = "written since"}});
    // Less patient than the next probe of a channel that is stopped.
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
}

TEST_F(ProviderFault, ASendThatOutlivesTheLimitOfAStopIsFoundByTheNextDaemon) {
    twilio.next(TwilioBehaviour::lose_answer(Manner::hang, true));
    DaemonProcess daemon(config());
    put_in({{.message = "accepted, and the answer never came"}, {.message = "the next one"}});
    ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 15s) << "less than the request's own time-out";
    DaemonProcess next(config());
    ASSERT_TRUE(all_end()) << balance() << next.log();
    EXPECT_TRUE(balance().exact()) << balance() << next.log();
}

}  // namespace
}  // namespace postrider::testing
