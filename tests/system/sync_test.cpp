// `postrider sync`: what the provider has and we have not, as an operator and as a job sees it.
#include "tests/support/free_port.h"
#include "tests/system/inbound_test.h"

#include <boost/json/parse.hpp>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace json = boost::json;

class Sync : public InboundTest {
protected:
    /// In Twilio's list, half an hour ago.
    void remember(const std::string& from, const std::string& to, const std::string& text, bool inbound,
                  std::size_t media = 0) {
        TwilioRequest message;
        message.arrived = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - 30min);
        message.from = from;
        message.to = to;
        message.body = text;
        message.media_count = media;
        message.direction = inbound ? "inbound" : "outbound-reply";
        message.status = inbound ? "received" : "delivered";
        twilio.remember(std::move(message));
    }
    json::object sync(const DaemonProcess& daemon, std::vector<std::string> more = {}) {
        std::vector<std::string> command{POSTRIDER_BINARY, "sync", "--json", "-c", daemon.config_file()};
        command.insert(command.end(), more.begin(), more.end());
        const Ran ran = run_program(command);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return json::parse(ran.out).as_array().at(0).as_object();
    }
};

TEST_F(Sync, AddsWhatNeverCameByWebhookAndWhatOthersSentOnce) {
    const Folder media;
    DaemonProcess daemon(
        inbound_config("", fmt::format("media: {{ root: \"{}\" }}\n", media.path().string())));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId own = site.insert();
    ASSERT_TRUE(site.wait_for_end(own)) << daemon.log();
    post(daemon, incoming(sid(1), "by webhook"));
    remember(person, "+13125550100", "lost", true, 1);
    remember("+13125550100", person, "a reply by TwiML", false);
    const json::object first = sync(daemon);
    EXPECT_EQ(first.at("channel").as_string(), "sms");
    EXPECT_EQ(first.at("incoming_added").to_number<int>(), 1);
    EXPECT_EQ(first.at("outgoing_added").to_number<int>(), 1);
    EXPECT_EQ(sync(daemon).at("incoming_added").to_number<int>(), 0);
    EXPECT_EQ(incoming_rows("message = 'lost' and receive_date < now() - interval '29 minutes'"), 1);
    EXPECT_EQ(incoming_rows(), 2);
    EXPECT_TRUE(
        site.wait_for("select count(*) = 1 from simple_messaging_incomingmessagemedia "
                      "where content_file like '%.gif'"))
        << daemon.log() << site.value("select string_agg(reason, '; ') from postrider.media_fetch");
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage"), 2);
    EXPECT_EQ(site.number(
                  "select count(*) from simple_messaging_outgoingmessage where message = 'a reply by TwiML' "
                  "and sent_date is not null and not errored"),
              1);
    EXPECT_EQ(twilio.accepted_count(), 3u) << "our own, and the two remembered ones: nothing was sent again";
}

TEST_F(Sync, AJobDoesSoAndHasTheApplicationToldWhereItIsToProcess) {
    remember(person, "+13125550100", "lost", true);
    DaemonProcess daemon(inbound_config(
        "", fmt::format(
                "forward:\n  - {{ name: app, url: \"http://127.0.0.1:{}/\", secret: "
                "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG, allow_private: true, retry_first: 1h }}\n"
                "jobs:\n  - {{ name: catch up, task: sync, since: 2h, channels: [sms], process: true, every: "
                "1h }}\n",
                free_port())));
    ASSERT_TRUE(
        site.wait_for("select count(*) = 1 from simple_messaging_incomingmessage where message = 'lost'"))
        << daemon.log();
    EXPECT_TRUE(site.wait_for("select count(*) = 1 from postrider.forward"));
    EXPECT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
        << site.value("select string_agg(reason || output, '; ') from postrider.job_run");
}

TEST_F(Sync, AWrongAccountIsNamedAndNothingIsAdded) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ServerAnswer refusal;
    refusal.status = 401;
    refusal.body = R"({"code": 20003, "message": "Authenticate", "status": 401})";
    twilio.next_list(refusal);
    const Ran ran = run_program({POSTRIDER_BINARY, "sync", "-c", daemon.config_file()});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.out, HasSubstr("code 20003"));
    EXPECT_EQ(
        run_program({POSTRIDER_BINARY, "sync", "-c", daemon.config_file(), "--channel", "none"}).exit_code,
        2);
    EXPECT_EQ(
        run_program({POSTRIDER_BINARY, "sync", "-c", daemon.config_file(), "--since", "soon"}).exit_code, 2);
}

}  // namespace
}  // namespace postrider::testing
