// The whole story of a message, and what waits where, as an operator asks for it.
#include "tests/system/inbound_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr const char* with_key =
    "encryption: { secret_key: \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\" }\n";

class Story : public InboundTest {
protected:
    Ran run(std::vector<std::string> arguments) { return postrider_with(file, std::move(arguments)); }
    json::array listed(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"messages", "--json"});
        const Ran ran = run(std::move(arguments));
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return json::parse(ran.out).as_array();
    }
    json::object shown(MessageId id, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"messages", "show", "--json", std::to_string(id)});
        const Ran ran = run(std::move(more));
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return json::parse(ran.out).as_array().at(0).as_object();
    }
    /// What it waits for, `what` of each.
    static std::string waits(const json::object& message) {
        std::string all;
        for (const auto& each : message.at("waits").as_array())
            all += std::string(each.at("what").as_string()) + ": " +
                   std::string(each.at("reason").as_string()) + "\n";
        return all;
    }
    void use(const std::string& text) { folder.write("postrider.yaml", text); }

    const Folder folder;
    const std::filesystem::path file = folder.write("postrider.yaml", config());
};

TEST_F(Story, APersonsMessagesAreFoundThoughTheirRowsAreEncrypted) {
    use(config("", with_key));
    const MessageId sent = site.insert({.destination = "+13125550142"});
    const MessageId other = site.insert({.destination = "+13125550143"});
    {
        DaemonProcess daemon(config("", with_key));
        ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    }
    const MessageId waits = site.insert({.destination = "(312) 555-0142", .send_in = 24h});
    ASSERT_THAT(site.row(sent).destination, HasSubstr("secret:"));
    const json::array found = listed({"--destination", "312-555-0142"});
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].at("id").as_string(), std::to_string(waits));
    EXPECT_EQ(found[1].at("id").as_string(), std::to_string(sent));
    EXPECT_EQ(listed({"--destination", "+13125550143", "--state", "sent"}).size(), 1u);
    EXPECT_THAT(listed({"--id", std::to_string(other), "--destination", "+13125550142"}), IsEmpty());
    const Ran table = run({"messages", "--destination", "+13125550142"});
    EXPECT_THAT(table.out, AllOf(HasSubstr("scheduled"), Not(HasSubstr("5550142"))));
}

TEST_F(Story, FiltersByTimeIdAndErrorCode) {
    twilio.next(TwilioBehaviour::refuse(400, 21408, "not this country"));
    const MessageId refused = site.insert();
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const MessageId later = site.insert({.send_in = 24h});
    EXPECT_EQ(listed({"--error", "21408"}).size(), 1u);
    EXPECT_THAT(listed({"--error", "30003"}), IsEmpty());
    EXPECT_EQ(listed({"--since", "1h"}).size(), 2u);
    EXPECT_EQ(listed({"--since", "1h", "--until", "2100-01-01 00:00Z", "--state", "errored"}).size(), 1u);
    EXPECT_EQ(listed({"--until", "1h"}).size(), 0u);
    EXPECT_EQ(listed({"--id", fmt::format("{}-{}", refused, later)}).size(), 2u);
    EXPECT_EQ(listed({"--id", std::to_string(refused), "--id", fmt::format("{}-", later)}).size(), 2u);
}

TEST_F(Story, AFilterThatIsNoneIsWrongUsage) {
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"--since", "next blue moon"},
                                               {"--until", "25:99"},
                                               {"--id", "x"},
                                               {"--id", "9-3"},
                                               {"--id", "3-x"},
                                               {"--destination", " "},
                                               {"--state", "lost"},
                                               {"--limit", "0"}}) {
        std::vector<std::string> arguments{"messages"};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        const Ran ran = run(arguments);
        EXPECT_EQ(ran.exit_code, 2) << wrong[0] << ' ' << wrong[1];
        EXPECT_THAT(ran.err, Not(IsEmpty())) << wrong[0];
    }
    const Ran unknown = run({"messages", "--channel", "smss"});
    EXPECT_EQ(unknown.exit_code, 0);
    EXPECT_THAT(unknown.err, HasSubstr("no channel smss is configured"));
}

TEST_F(Story, AMessageThatWaitsSaysForWhatAndUntilWhen) {
    const MessageId id = site.insert({.message = "private words", .send_in = 24h});
    const json::object scheduled = shown(id);
    ASSERT_EQ(scheduled.at("waits").as_array().size(), 1u) << waits(scheduled);
    const json::value& time = scheduled.at("waits").as_array()[0];
    EXPECT_EQ(time.at("what").as_string(), "time");
    EXPECT_EQ(time.at("reason").as_string(), "its send date");
    EXPECT_EQ(time.at("until").as_string(),
              site.value("select to_char(send_date at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
                         "from simple_messaging_outgoingmessage"));
    EXPECT_EQ(scheduled.at("goes_by").as_string(), "sms");
    EXPECT_THAT(std::string(scheduled.at("daemon").as_string()), HasSubstr("no daemon can be asked"));

    EXPECT_EQ(run({"messages", "hold", std::to_string(id), "--reason", "wrong dose"}).exit_code, 0);
    EXPECT_EQ(run({"channels", "suspend", "sms", "--for", "2h", "--reason", "bad link"}).exit_code, 0);
    EXPECT_EQ(run({"suppressions", "add", "+13125550101", "--all"}).exit_code, 0);
    const json::object held = shown(id);
    EXPECT_THAT(waits(held), ContainsRegex("hold: held by an operator: wrong dose.*\n"
                                           "suspension: channel sms is suspended: bad link\n"
                                           "suppression: nothing is sent to its recipient \\(operator\\).*\n"
                                           "time: its send date\n"));
    EXPECT_FALSE(held.at("waits").as_array()[1].at("until").is_null());
    EXPECT_FALSE(held.contains("destination"));
    const Ran table = run({"messages", "show", std::to_string(id)});
    EXPECT_THAT(table.out, AllOf(HasSubstr("It waits:"), HasSubstr("wrong dose"), HasSubstr("bad link"),
                                 Not(HasSubstr("private words")), Not(HasSubstr("5550101"))));
    const Ran revealed = run({"messages", "show", "--reveal", std::to_string(id)});
    EXPECT_THAT(revealed.out, AllOf(HasSubstr("private words"), HasSubstr("+13125550101")));
}

TEST_F(Story, WhatIntakeLeavesSaysWhy) {
    const MessageId dialog = site.insert({.message = "dialog:welcome"});
    EXPECT_THAT(waits(shown(dialog)), HasSubstr("intake: left where it is: a dialog, left to the site\n"));
    use(config("", "delivery: hold\n"));
    EXPECT_THAT(waits(shown(site.insert())), HasSubstr("delivery: delivery: hold\n"));
}

TEST_F(Story, AnEndedMessageHasItsAttemptsReportsAndWhatIsStillToBeTold) {
    // Nobody listens there.
    const std::string forward =
        "forward: [{ name: app, url: \"http://127.0.0.1:9/\", allow_private: true, secret: "
        "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz, events: [message.report] }]\n";
    use(inbound_config("", forward));
    DaemonProcess daemon(inbound_config("", forward));
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const std::string provider_id = site.value("select provider_id from postrider.messages");
    EXPECT_EQ(post(daemon, report(provider_id, "undelivered", "30003"), "/reports/sms").status, 200);
    ASSERT_TRUE(eventually([&] { return site.row(id).errored; })) << daemon.log();
    const json::object story = shown(id);
    EXPECT_EQ(story.at("attempts").as_array().at(0).at("verdict").as_string(), "sent");
    EXPECT_EQ(story.at("attempts").as_array()[0].at("provider_id").as_string(), provider_id);
    EXPECT_EQ(story.at("reports").as_array().at(0).at("status").as_string(), "undelivered");
    EXPECT_EQ(story.at("forwards").as_array().at(0).at("endpoint").as_string(), "app");
    EXPECT_THAT(waits(story), IsEmpty());
    EXPECT_EQ(listed({"--error", "30003"}).size(), 1u);
    const Ran table = run({"messages", "show", std::to_string(id)});
    EXPECT_THAT(table.out, AllOf(HasSubstr("Attempts:"), HasSubstr("Its provider reported:"),
                                 HasSubstr("Applications are still to be told:"), Not(HasSubstr(person))));
    EXPECT_THAT(http_get(daemon.url() + "/metrics").body,
                HasSubstr("postrider_webhooks_total{channel=\"sms\",kind=\"report\",result=\"stored\"} 1\n"));
}

TEST_F(Story, ChannelsTellWhatTheDaemonKnowsAndWhatWaitsByAge) {
    twilio.by_default(TwilioBehaviour::refuse(401, 20003, "Authenticate"));
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(daemon.wait_for_status("CRITICAL channel sms: stopped: ")) << daemon.status().body;
    site.insert({.send_in = 24h});
    site.insert({.send_in = -2h});
    site.insert({.send_in = -30h});
    site.insert({.message = "dialog:welcome"});
    const std::string url = daemon.url() + "/status";
    const Ran table = run({"channels", "--url", url});
    EXPECT_EQ(table.exit_code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("as the daemon at " + url + " says"), HasSubstr("stopped: "),
                                 ContainsRegex("sms +1 +1 +0 +0 +1 +1\n"),
                                 ContainsRegex("\\(a dialog, left to the site\\) +0 +1 +0 +0 +0 +0\n")));
    const auto row = json::parse(run({"channels", "--json", "--url", url}).out).as_array().at(0);
    EXPECT_EQ(row.at("live").as_string(), "CRITICAL");
    EXPECT_THAT(std::string(row.at("live_text").as_string()), HasSubstr("stopped: "));
    EXPECT_EQ(row.at("waiting").at("future").to_number<int>(), 1);
    EXPECT_EQ(row.at("waiting").at("older").to_number<int>(), 1);
    EXPECT_THAT(waits(shown(id, {"--url", url})), HasSubstr("status: channel sms: stopped: "));

    daemon.stop();
    const Ran alone = run({"channels", "--json", "--url", url});
    EXPECT_EQ(alone.exit_code, 0) << alone.err;
    EXPECT_THAT(alone.err, HasSubstr("no daemon answered at " + url));
    EXPECT_TRUE(json::parse(alone.out).as_array().at(0).at("live").is_null());
    EXPECT_THAT(run({"channels"}).out, HasSubstr("no daemon can be asked: listen.port is 0"));
}

}  // namespace
}  // namespace postrider::testing
