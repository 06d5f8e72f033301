// People and programs are told of what the status says, by mail and by webhook.
#include "tests/support/server_thread.h"
#include "tests/support/smtp_imitation.h"
#include "tests/system/inbound_test.h"

#include <boost/json/parse.hpp>

#include <mutex>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace json = boost::json;

class ToldOfTrouble : public SystemTest {
protected:
    std::string alert_config() {
        const std::string channels =
            twilio_channel(twilio.base_url(), "", "imitated-token") +
            fmt::format(
                "  - {{ name: mail, transport: email, starttls: none, smtp_url: \"smtp://127.0.0.1:{}\", "
                "from: bot@example.org }}\n",
                smtp.port());
        return configuration(
            site.url(), channels,
            fmt::format("alerts: {{ after: 0s, channel: mail, to: [ops@example.net], url: \"{}/alerts\", "
                        "secret: whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG, allow_private: true }}\n",
                        program.url()));
    }
    Task<ServerAnswer> receive(ServerRequest request) {
        const std::lock_guard lock(mutex);
        told.push_back(json::parse(request.body).as_object());
        ServerAnswer answer;
        answer.status = 204;
        co_return answer;
    }
    std::size_t count() {
        const std::lock_guard lock(mutex);
        return told.size();
    }

    SmtpImitation smtp;
    std::mutex mutex;
    std::vector<json::object> told;
    ServerThread program{[this](ServerRequest request) { return receive(std::move(request)); }};
};

TEST_F(ToldOfTrouble, OfADatabaseThatIsAwayWhichNeedsNoDatabaseAndOfItsReturn) {
    DaemonProcess daemon(alert_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    {
        const ServerStopped stopped(site.server(), SIGQUIT);
        ASSERT_TRUE(smtp.wait_for_accepted(1, 60s)) << daemon.status().body << daemon.log();
    }
    const Mail mail = smtp.accepted().at(0);
    EXPECT_THAT(mail.header("Subject"), AllOf(HasSubstr("CRITICAL"), HasSubstr("database")));
    EXPECT_EQ(mail.recipients.at(0), "ops@example.net");
    EXPECT_THAT(mail.content, HasSubstr("What is wrong now:"));
    ASSERT_TRUE(eventually(
        [&] {
            const std::lock_guard lock(mutex);
            bool over = false;
            for (const json::object& each : told)
                for (const json::value& check : each.at("data").at("ended").as_array())
                    over = over || check.at("check").as_string() == "database";
            return over;
        },
        60s))
        << daemon.status().body;
    EXPECT_EQ(told.front().at("type").as_string(), "status.alert");
    EXPECT_THAT(daemon.status().body, HasSubstr("OK alerts: the last was sent at"));
}

TEST_F(ToldOfTrouble, OfAChannelWhoseCredentialsAreWrong) {
    std::string text = alert_config();
    text.replace(text.find("imitated-token"), 14, "wrong");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    site.insert();
    ASSERT_TRUE(smtp.wait_for_accepted(1, 60s)) << daemon.status().body << daemon.log();
    EXPECT_THAT(smtp.accepted().at(0).header("Subject"), HasSubstr("CRITICAL: channel sms"));
}

TEST_F(ToldOfTrouble, OfWarningsTooWhereTheLevelSaysSo) {
    std::string text = alert_config();
    text.replace(text.find("after: 0s"), 9, "after: 0s, level: warning");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_EQ(postrider_with(daemon.config_file(), {"channels", "suspend", "sms"}).exit_code, 0);
    ASSERT_TRUE(smtp.wait_for_accepted(1, 60s)) << daemon.status().body << daemon.log();
    EXPECT_THAT(smtp.accepted().at(0).header("Subject"), HasSubstr("WARNING"));
}

TEST_F(ToldOfTrouble, AgainAfterQuietAsLongAsItLasts) {
    std::string text = alert_config();
    text.replace(text.find("imitated-token"), 14, "wrong");
    text.replace(text.find("after: 0s"), 9, "after: 0s, quiet: 1s");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    site.insert();
    ASSERT_TRUE(smtp.wait_for_accepted(3, 60s)) << daemon.status().body << daemon.log();
}

TEST_F(ToldOfTrouble, WhereTheMailServerRefusesTheStatusSaysSoAndTheProgramIsTold) {
    smtp.by_default(SmtpBehaviour::refuse(SmtpBehaviour::Stage::rcpt, "550 5.1.1 no such user"));
    std::string text = alert_config();
    text.replace(text.find("imitated-token"), 14, "wrong");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    site.insert();
    ASSERT_TRUE(eventually([&] { return count() > 0; }, 60s)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("WARNING alerts: the last could not be sent to all: channel mail"))
        << daemon.status().body;
}

}  // namespace
}  // namespace postrider::testing
