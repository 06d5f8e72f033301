// What operators do while daemons send: hold, release, suspend, resume, cancel, retry; and copies.
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Operator : public SystemTest {
protected:
    Ran run(std::vector<std::string> arguments) { return postrider_with(file, std::move(arguments)); }
    Ran run_on(std::vector<std::string> arguments, MessageId id) {
        arguments.push_back(std::to_string(id));
        return run(std::move(arguments));
    }
    std::string state(MessageId id) {
        return site.value(fmt::format("select state from postrider.messages where id = {}", id));
    }

    const Folder folder;
    const std::filesystem::path file = folder.write("postrider.yaml", config());
};

TEST_F(Operator, ASuspendedChannelSendsNothingFromAnyDaemonUntilItIsResumed) {
    DaemonProcess one(config());
    DaemonProcess two(config());
    ASSERT_TRUE(one.wait_until_sending() && two.wait_until_sending()) << one.log() << two.log();
    const Ran suspended = run({"channels", "suspend", "sms", "--reason", "bad link in the text"});
    EXPECT_EQ(suspended.exit_code, 0) << suspended.err;
    EXPECT_THAT(suspended.out, HasSubstr("0 requests are under way"));
    std::vector<NewRow> rows;
    for (int i = 0; i < 40; ++i) {
        rows.push_back({.destination = fmt::format("+131255502{:02}", i), .message = std::to_string(i)});
    }
    const auto ids = site.insert_all(rows);
    EXPECT_TRUE(one.wait_for_status("bad link in the text"));
    EXPECT_TRUE(two.wait_for_status("bad link in the text"));
    EXPECT_THAT(run({"channels"}).out, HasSubstr("bad link in the text"));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
    EXPECT_EQ(state(ids[0]), "due");

    // A daemon that has never heard of it does not send either.
    DaemonProcess three(config());
    ASSERT_TRUE(three.wait_until_sending()) << three.log();
    EXPECT_THAT(twilio.accepted(), IsEmpty());

    const Ran resumed = run({"channels", "resume", "sms"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    ASSERT_TRUE(site.wait_for_all_ended()) << one.log() << two.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(40));
}

TEST_F(Operator, ASuspensionForAWhileEndsByItself) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(run({"channels", "suspend", "--all", "--for", "3s"}).exit_code, 0);
    const MessageId id = site.insert();
    EXPECT_TRUE(daemon.wait_for_status("delivery: nothing leaves"));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_EQ(site.number("select count(*) from postrider.attempt_history h, postrider.suspension s where "
                          "h.claimed < s.until"),
              0);
}

TEST_F(Operator, AHeldMessageWaitsUntilItIsReleased) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId held = site.insert({.message = "held", .send_in = 1500ms});
    const MessageId other = site.insert({.message = "other", .send_in = 1600ms});
    EXPECT_EQ(run_on({"messages", "hold", "--reason", "wrong dose"}, held).exit_code, 0);
    ASSERT_TRUE(site.wait_for_end(other)) << daemon.log();
    EXPECT_EQ(state(held), "held");
    EXPECT_THAT(run_on({"messages", "show"}, held).out, HasSubstr("wrong dose"));
    EXPECT_THAT(run({"messages", "--state", "held"}).out, HasSubstr("wrong dose"));
    const Ran released = run_on({"messages", "release"}, held);
    EXPECT_EQ(released.exit_code, 0) << released.err;
    ASSERT_TRUE(site.wait_for_end(held)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("other", "held"));
}

TEST_F(Operator, ACancelledMessageIsNeverSentAndCanBeRetried) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId id = site.insert({.message = "cancelled", .send_in = 3s});
    const Ran cancelled = run_on({"cancel", "--reason", "left the study"}, id);
    EXPECT_EQ(cancelled.exit_code, 0) << cancelled.err;
    const Row row = site.row(id);
    EXPECT_TRUE(row.errored);
    EXPECT_TRUE(row.says("cancelled by an operator: left the study"));
    EXPECT_EQ(run_on({"cancel"}, id).exit_code, 1);
    site.wait_for(fmt::format(
        "select clock_timestamp() > send_date + interval '1 second' from simple_messaging_outgoingmessage "
        "where id = {}",
        id));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
    EXPECT_EQ(run_on({"retry"}, id).exit_code, 0);
    ASSERT_TRUE(eventually([&] { return site.row(id).ended_well(); })) << daemon.log();
    EXPECT_FALSE(site.row(id).says("\"error\""));
}

TEST_F(Operator, ASavedOldCopyDoesNotBringACancelledMessageBackThoughNoGuardStandsBeforeIt) {
    const MessageId id = site.insert({.message = "cancelled"});
    EXPECT_EQ(run_on({"cancel"}, id).exit_code, 0);
    site.execute(
        fmt::format("set postrider.guard = off; "
                    "update simple_messaging_outgoingmessage set sent_date = null, errored = false, "
                    "transmission_metadata = '{{}}' where id = {}",
                    id));
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);
    EXPECT_TRUE(site.row(id).says("cancelled by an operator"));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

TEST_F(Operator, ErroredMessagesGoAgainByTheirCode) {
    twilio.next(TwilioBehaviour::refuse(400, 21211, "no such number"));
    twilio.next(TwilioBehaviour::refuse(400, 21408, "not this country"));
    DaemonProcess daemon(config());
    const MessageId stays = site.insert({.message = "stays"});
    ASSERT_TRUE(site.wait_for_end(stays)) << daemon.log();
    const MessageId goes = site.insert({.message = "goes"});
    ASSERT_TRUE(site.wait_for_end(goes)) << daemon.log();
    EXPECT_THAT(run({"retry", "--error", "21408", "--dry-run"}).out, HasSubstr("1 messages"));
    EXPECT_THAT(run({"retry", "--channel", "sms", "--error", "99999"}).out, HasSubstr("no errored message"));
    const Ran ran = run({"retry", "--channel", "sms", "--since", "1h", "--error", "21408", "--json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    const auto results = boost::json::parse(ran.out).as_array();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].at("id").as_int64(), goes);
    ASSERT_TRUE(eventually([&] { return site.row(goes).ended_well(); })) << daemon.log();
    EXPECT_TRUE(site.row(stays).errored);
    EXPECT_THAT(all_texts(), ElementsAre("goes"));
}

TEST_F(Operator, AMessageGivenUpHalfSentGoesOnWithThePartThatIsMissing) {
    std::string text;
    for (int i = 0; text.size() < 4000; ++i) text += fmt::format("Sentence number {}. ", i);
    text += "The end.";
    twilio.next({});
    twilio.next(TwilioBehaviour::refuse(400, 21408, "not this country"));
    DaemonProcess daemon(config());
    const MessageId id = site.insert({.message = text});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_TRUE(site.row(id).errored);
    ASSERT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_EQ(run_on({"retry"}, id).exit_code, 0);
    ASSERT_TRUE(eventually([&] { return site.row(id).ended_well(); })) << daemon.log();
    std::string arrived;
    for (const std::string& part : all_texts()) arrived += part + " ";
    EXPECT_EQ(arrived, text + " ");
    EXPECT_EQ(site.number("select jsonb_array_length(transmission_metadata::jsonb -> 'twilio_sid') from "
                          "simple_messaging_outgoingmessage"),
              static_cast<long long>(twilio.accepted_count()));
}

TEST_F(Operator, WhatEndedInDoubtIsShownUntilSomebodyHasSeenToIt) {
    const auto doubtful = folder.write(
        "loopback.yaml",
        configuration(site.url(), "  - name: sms\n    transport: loopback\n    fail: [in_doubt]\n"));
    DaemonProcess daemon(
        configuration(site.url(), "  - name: sms\n    transport: loopback\n    fail: [in_doubt]\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("ended in doubt: 1 messages"));
    const Ran refused = postrider_with(doubtful, {"retry", std::to_string(id)});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("may have arrived"), HasSubstr("--in-doubt")));
    EXPECT_EQ(postrider_with(doubtful, {"messages", "handled", std::to_string(id)}).exit_code, 0);
    EXPECT_TRUE(site.row(id).says("error_handled"));
    EXPECT_TRUE(eventually([&] { return daemon.status().body.find("ended in doubt") == std::string::npos; }));
}

TEST_F(Operator, ACopyOfTheDatabaseSendsNothingUntilAnOperatorSaysSo) {
    const MessageId id = site.insert();
    site.execute("update postrider.installation set system_identifier = '7000000000000000000'");
    DaemonProcess daemon(config());
    EXPECT_TRUE(daemon.wait_for_status("a copy must not send"));
    EXPECT_EQ(daemon.status().status, 503);
    EXPECT_EQ(state(id), "due");
    EXPECT_THAT(run_on({"messages", "show"}, id).out, HasSubstr("a copy must not send"));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
    EXPECT_EQ(run({"channels", "resume", "--all"}).exit_code, 0);
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
}

TEST_F(Operator, WhatTheCommandsCannotDoTheySayAndExitAccordingly) {
    EXPECT_EQ(run({"retry"}).exit_code, 2);
    EXPECT_EQ(run({"retry", "1", "--channel", "sms"}).exit_code, 2);
    EXPECT_EQ(run({"retry", "--since", "soonish"}).exit_code, 2);
    EXPECT_EQ(run({"cancel", "1"}).exit_code, 1);
    EXPECT_THAT(run({"cancel", "1"}).err, HasSubstr("message 1 does not exist"));
    EXPECT_EQ(run({"messages", "hold", "1"}).exit_code, 1);
    EXPECT_EQ(run({"messages", "release", "x"}).exit_code, 2);
    EXPECT_EQ(run({"channels", "suspend"}).exit_code, 2);
    EXPECT_EQ(run({"channels", "suspend", "sms", "--all"}).exit_code, 2);
    EXPECT_EQ(run({"channels", "suspend", "no-such"}).exit_code, 2);
    EXPECT_EQ(run({"channels", "suspend", "sms", "--for", "soon"}).exit_code, 2);
    EXPECT_THAT(run({"channels", "resume", "sms"}).out, HasSubstr("was not suspended"));
}

}  // namespace
}  // namespace postrider::testing
