// The balance of a channel's account on the status.
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct BalanceOnStatus : SystemTest {
    std::string with_limits(const std::string& warning, const std::string& critical,
                            const std::string& more = "") {
        return config(
            fmt::format("    balance_warning: {}\n    balance_critical: {}\n{}", warning, critical, more));
    }
};

TEST_F(BalanceOnStatus, IsShownAndBelowItsLimitsItIsAWarningOrCriticalAndAReloadChangesThem) {
    twilio.set_balance("15.00");
    DaemonProcess daemon(with_limits("20", "5"));
    ASSERT_TRUE(daemon.wait_for_status("WARNING balance sms: 15.00 USD: pay in")) << daemon.status().body;
    EXPECT_THAT(daemon.status().body, HasSubstr("'sms_balance'=15;20:;5:;0"));
    ASSERT_TRUE(daemon.reload(with_limits("30", "20")));
    ASSERT_TRUE(daemon.wait_for_status("CRITICAL balance sms: 15.00 USD")) << daemon.status().body;
    ASSERT_TRUE(daemon.reload(with_limits("10", "5")));
    ASSERT_TRUE(daemon.wait_for_status("OK balance sms: 15.00 USD")) << daemon.status().body;
    ASSERT_TRUE(daemon.reload(config()));
    EXPECT_TRUE(eventually([&] { return !daemon.status().says("balance sms"); })) << daemon.status().body;
}

TEST_F(BalanceOnStatus, IsThatOfTheAccountThatPaysWhereThatIsAnother) {
    DaemonProcess daemon(
        with_limits("20", "5",
                    fmt::format("    balance_account_sid: {}\n    balance_auth_token: {}\n",
                                twilio.settings().root_account_sid, twilio.settings().root_auth_token)));
    ASSERT_TRUE(daemon.wait_for_status("OK balance sms: 100.00 USD")) << daemon.status().body;
    EXPECT_THAT(twilio.balances(), Each(EndsWith(twilio.settings().root_account_sid + "/Balance.json")));
    EXPECT_THAT(daemon.log(), Not(HasSubstr(twilio.settings().root_auth_token)));
}

TEST_F(BalanceOnStatus, ThatCannotBeHadKeepsNoMessageAndSaysWhy) {
    DaemonProcess daemon(
        with_limits("20", "5",
                    fmt::format("    balance_account_sid: {}\n    balance_auth_token: wrong\n",
                                twilio.settings().root_account_sid)));
    ASSERT_TRUE(
        daemon.wait_for_status("OK balance sms: not known yet; it cannot be had now: authentication failed"))
        << daemon.status().body;
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
}

TEST_F(BalanceOnStatus, IsNotAskedForWithoutLimits) {
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(twilio.balances(), IsEmpty());
    EXPECT_THAT(daemon.status().body, Not(HasSubstr("balance")));
}

}  // namespace
}  // namespace postrider::testing
