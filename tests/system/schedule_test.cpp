// When messages leave, in which order, and whose word counts while they wait.
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <iostream>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Schedule : public SystemTest {
protected:
    void update(MessageId id, const std::string& what) {
        site.execute(fmt::format("update simple_messaging_outgoingmessage set {} where id = {}", what, id));
    }
};

TEST_F(Schedule, AMessageLeavesNotBeforeItsSendDate) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    std::vector<NewRow> rows;
    for (int i = 1; i <= 5; ++i) {
        rows.push_back({.destination = fmt::format("+1312555010{}", i), .send_in = i * 300ms});
    }
    const auto ids = site.insert_all(rows);
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    for (MessageId id : ids) {
        const Row row = site.row(id);
        EXPECT_TRUE(row.ended_well());
        EXPECT_GE(row.lag_seconds, 0.0);
        const auto request = twilio.accepted().at(static_cast<std::size_t>(id - ids.front()));
        // Same host, same clock: when the provider got it, by the database's own reckoning.
        const double arrived =
            std::stod(site.value(fmt::format("select {} / 1e6 - extract(epoch from send_date) from "
                                             "simple_messaging_outgoingmessage where id = {}",
                                             request.arrived.time_since_epoch().count(), id)));
        EXPECT_GE(arrived, 0.0);
        std::cout << fmt::format("  arrived {:.1f} ms after its send date, recorded after {:.1f} ms\n",
                                 arrived * 1000, row.lag_seconds * 1000);
    }
}

TEST_F(Schedule, AnOverdueMessageLeavesAtOnce) {
    const MessageId overdue = site.insert({.send_in = -3h});
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_end(overdue)) << daemon.log();
    EXPECT_TRUE(site.row(overdue).ended_well());
}

TEST_F(Schedule, AMessageOfInfinityIsNeverSentAndBothStatusAndListSayWhy) {
    const MessageId never = site.insert({.send_date_sql = "'infinity'"});
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("1 will never be due: send_date is infinity")) << daemon.status().body;
    EXPECT_EQ(daemon.status().status, 200);
    const Ran shown = postrider_with(daemon.config_file(), {"messages", "show", std::to_string(never)});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.out, HasSubstr("never due: send_date is infinity")) << shown.err;
    EXPECT_TRUE(site.row(never).waits());
    EXPECT_THAT(all_texts(), IsEmpty());
}

TEST_F(Schedule, WhatIsDoneToAWaitingRowIsObeyed) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    constexpr auto soon = 1200ms;
    int number = 0;
    const auto waiting = [&](const std::string& text, std::chrono::milliseconds in) {
        return site.insert(
            {.destination = fmt::format("+131255502{:02}", ++number), .message = text, .send_in = in});
    };
    const MessageId postponed = waiting("postponed", soon);
    const MessageId forward = waiting("brought forward", 24h);
    const MessageId edited = waiting("before the edit", soon);
    const MessageId redirected = waiting("redirected", soon);
    const MessageId deleted = waiting("deleted", soon);
    const MessageId errored = waiting("errored", soon);
    const MessageId sent_by_site = waiting("sent by the site", soon);
    const MessageId touched = waiting("touched", soon);
    const MessageId last = waiting("last", soon + 300ms);

    update(postponed, "send_date = send_date + interval '1 day'");
    update(forward, "send_date = now()");
    update(edited, "message = 'after the edit'");
    update(redirected, "destination = '+13125550299'");
    site.execute(fmt::format("delete from simple_messaging_outgoingmessage where id = {}", deleted));
    update(errored, "errored = true, transmission_metadata = '{\"error\": \"by the site\"}'");
    update(sent_by_site, "sent_date = now()");
    update(touched, "message_metadata = '{\"seen\": true}'");

    ASSERT_TRUE(site.wait_for_end(last)) << daemon.log();
    ASSERT_TRUE(
        site.wait_for("select bool_and(sent_date is not null) from simple_messaging_outgoingmessage where "
                      "message in ('brought forward', 'after the edit', 'redirected', 'touched')"));
    EXPECT_TRUE(site.row(postponed).waits());
    EXPECT_TRUE(site.row(forward).ended_well());
    EXPECT_FALSE(site.row(errored).sent);
    EXPECT_EQ(site.row(errored).metadata, "{\"error\": \"by the site\"}");
    EXPECT_THAT(*site.row(sent_by_site).metadata, Not(HasSubstr("twilio_sid")));
    EXPECT_THAT(texts_to("+13125550299"), ElementsAre("redirected"));
    EXPECT_THAT(all_texts(), ::testing::UnorderedElementsAre("brought forward", "after the edit",
                                                             "redirected", "touched", "last"));
}

TEST_F(Schedule, ARowThatIsPostponedWhileThePastHoldsItLeavesAtItsNewTime) {
    // Due, but behind another message of its conversation that takes a while.
    twilio.next(TwilioBehaviour::slow(700ms));
    DaemonProcess daemon(config());
    site.insert({.message = "first"});
    const MessageId second = site.insert({.message = "second"});
    ASSERT_TRUE(twilio.wait_for_requests(1, patience));
    update(second, "send_date = now() + interval '2 seconds', message = 'second, later'");
    ASSERT_TRUE(site.wait_for_end(second)) << daemon.log();
    EXPECT_GE(site.row(second).lag_seconds, 0.0);
    EXPECT_THAT(all_texts(), ElementsAre("first", "second, later"));
}

TEST_F(Schedule, WhatTheSiteWritesWhileTheMessageIsUnderWayIsKeptBesideTheResult) {
    twilio.by_default(TwilioBehaviour::slow(700ms));
    DaemonProcess daemon(config());
    const MessageId noted = site.insert();
    const MessageId locked = site.insert({.destination = "+13125550102"});
    const MessageId deleted = site.insert({.destination = "+13125550103"});
    ASSERT_TRUE(twilio.wait_for_requests(3, patience)) << daemon.log();
    update(noted, "transmission_metadata = '{\"note\": 1e400 }', message_metadata = '{\"seen\": true}'");
    update(locked, "reference_id = 7");
    site.execute(fmt::format("delete from simple_messaging_outgoingmessage where id = {}", deleted));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(site.row(noted).metadata.value_or(""),
                AllOf(HasSubstr("{\"note\": 1e400"), HasSubstr("\"twilio_sid\"")));
    EXPECT_TRUE(site.row(noted).ended_well());
    EXPECT_TRUE(site.row(locked).ended_well());
    EXPECT_EQ(site.number(
                  "select reference_id from simple_messaging_outgoingmessage where reference_id is not null"),
              7);
    EXPECT_TRUE(daemon.wait_for_log("rows were deleted while their messages were sent"));
    EXPECT_THAT(twilio.accepted(), SizeIs(3));
}

TEST_F(Schedule, ARowThatItsWriterHasLockedLeavesWhenTheLockIsGone) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId id = site.insert({.message = "being edited", .send_in = 300ms});
    {
        const HeldTransaction writer(
            site,
            fmt::format("update simple_messaging_outgoingmessage set message = 'edited' where id = {}", id));
        const MessageId other = site.insert({.destination = "+13125550102", .send_in = 500ms});
        ASSERT_TRUE(site.wait_for_end(other)) << "a locked row holds up nobody else\n" << daemon.log();
        EXPECT_TRUE(site.row(id).waits());
        writer.commit();
    }
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("Visit at 9:00", "edited"));
}

TEST_F(Schedule, AnErroredMessageThatAnOperatorResetsIsSentAgain) {
    twilio.next(TwilioBehaviour::refuse(400, 21211, "no such number"));
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_TRUE(site.row(id).errored);
    // As the site's admin does it: without `error` and `twilio_sid`, everything else as it was.
    update(id,
           "errored = false, sent_date = null, transmission_metadata = (transmission_metadata::jsonb - "
           "'error' - "
           "'twilio_sid')::text");
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
}

TEST_F(Schedule, OneConversationKeepsItsOrderAndSeveralRunSideBySide) {
    twilio.by_default(TwilioBehaviour::slow(50ms));
    std::vector<NewRow> rows;
    std::vector<std::string> expected;
    for (int i = 0; i < 10; ++i) {
        for (int number = 0; number < 5; ++number) {
            rows.push_back(
                {.destination = fmt::format("+1312555040{}", number), .message = fmt::format("{}", i)});
        }
        expected.push_back(fmt::format("{}", i));
    }
    site.insert_all(rows);
    const auto start = std::chrono::steady_clock::now();
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const auto took = std::chrono::steady_clock::now() - start;
    for (int number = 0; number < 5; ++number) {
        EXPECT_EQ(texts_to(fmt::format("+1312555040{}", number)), expected);
    }
    // One after the other they would have taken longer than this by themselves.
    EXPECT_LT(took, 50 * 50ms);
}

TEST_F(Schedule, NoMoreRequestsAreUnderWayThanTheChannelsConcurrency) {
    TwilioImitationSettings settings;
    settings.concurrency_max = 3;  // one more is answered 429, and noted
    TwilioImitation narrow(settings);
    narrow.by_default(TwilioBehaviour::slow(30ms));
    std::vector<NewRow> rows;
    for (int i = 0; i < 40; ++i) rows.push_back({.destination = fmt::format("+131255505{:02}", i)});
    site.insert_all(rows);
    DaemonProcess daemon(
        configuration(site.url(), twilio_channel(narrow.base_url(), "    concurrency: 3\n")));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(narrow.accepted(), SizeIs(40));
    EXPECT_THAT(narrow.refused(), IsEmpty());
}

TEST_F(Schedule, ARateIsKept) {
    std::vector<NewRow> rows;
    for (int i = 0; i < 12; ++i) rows.push_back({.destination = fmt::format("+131255506{:02}", i)});
    site.insert_all(rows);
    DaemonProcess daemon(config("    rate: 5/s\n"));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const auto requests = twilio.accepted();
    ASSERT_THAT(requests, SizeIs(12));
    for (std::size_t i = 6; i < requests.size(); ++i) {
        // Six in any shorter time would be more than five a second, and a burst of one.
        EXPECT_GE(requests[i].arrived - requests[i - 6].arrived, 900ms) << i;
    }
}

TEST_F(Schedule, ARowSettlesBeforeItLeavesUnlessItWasDeclaredComplete) {
    std::string text = config();
    text.replace(text.find("settle: 0s"), 10, "settle: 1s");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId settling = site.insert({.message = "settles"});
    const MessageId enqueued = site.number("select postrider.enqueue('+13125550102', 'complete')");
    ASSERT_TRUE(site.wait_for_end(enqueued)) << daemon.log();
    ASSERT_TRUE(site.wait_for_end(settling)) << daemon.log();
    EXPECT_GE(site.row(settling).lag_seconds, 1.0);
    EXPECT_THAT(all_texts(), ElementsAre("complete", "settles"));
}

TEST_F(Schedule, WithoutADoorbellMessagesAreFoundAllTheSame) {
    std::string text = config();
    text.replace(text.find("settle: 0s"), 10, "settle: 0s\n  notify: false");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(daemon.status().body, Not(HasSubstr("doorbell")));
}

TEST_F(Schedule, HoldLetsNothingOutAndOnlyLetsOutWhatIsListed) {
    const MessageId listed = site.insert({.destination = "+13125550107"});
    const MessageId other = site.insert({.destination = "+13125550108"});
    DaemonProcess daemon(config("", "delivery: hold\n"));
    ASSERT_TRUE(daemon.wait_for_status("nothing leaves: delivery: hold")) << daemon.log();
    EXPECT_TRUE(site.row(listed).waits());
    ASSERT_TRUE(daemon.reload(config("", "delivery: only\nonly_to: [\"+13125550107\"]\n")));
    ASSERT_TRUE(site.wait_for_end(listed)) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("delivery: only, and not one of only_to"));
    EXPECT_TRUE(site.row(other).waits());
    ASSERT_TRUE(daemon.reload(config()));
    ASSERT_TRUE(site.wait_for_end(other)) << daemon.log();
}

}  // namespace
}  // namespace postrider::testing
