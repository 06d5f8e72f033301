// Debian's Nagios, with the commands that we bring: from OK to CRITICAL and back.
#include "tests/system/nagios.h"

#include "tests/system/system_test.h"

namespace postrider::testing {
namespace {

struct NagiosTest : SystemTest {
    std::string limited() { return config("", "status: { lag_warning: 1s, lag_critical: 2s }\n"); }
};

TEST_F(NagiosTest, TurnsCriticalAndBackWithTheDatabaseTheCredentialAndTheBacklog) {
    DaemonProcess daemon(limited());
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    const Nagios nagios(daemon.url());
    ASSERT_TRUE(nagios.comes_to(Nagios::ok)) << nagios.said();
    {
        const ServerStopped stopped(site.server(), SIGINT);
        EXPECT_TRUE(nagios.comes_to(Nagios::critical)) << "the database is away: " << nagios.said();
    }
    EXPECT_TRUE(nagios.comes_to(Nagios::ok)) << "it is back: " << nagios.said();

    twilio.by_default(TwilioBehaviour::refuse(401, 20003, "who?"));
    site.insert();
    EXPECT_TRUE(nagios.comes_to(Nagios::critical)) << "a wrong credential: " << nagios.said();
    twilio.by_default(TwilioBehaviour{});
    ASSERT_TRUE(daemon.reload(limited()));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_TRUE(nagios.comes_to(Nagios::ok)) << "it was mended: " << nagios.said();

    ASSERT_EQ(postrider_with(daemon.config_file(), {"channels", "suspend", "sms"}).exit_code, 0);
    site.insert();
    EXPECT_TRUE(nagios.comes_to(Nagios::critical)) << "a backlog: " << nagios.said();
    ASSERT_EQ(postrider_with(daemon.config_file(), {"channels", "resume", "sms"}).exit_code, 0);
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_TRUE(nagios.comes_to(Nagios::ok)) << "it is gone: " << nagios.said();
}

}  // namespace
}  // namespace postrider::testing
