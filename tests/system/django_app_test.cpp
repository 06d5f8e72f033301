// The Django app config/django/postrider_site: its own tests (tests/django), and with a daemon.
#include "tests/system/django.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace postrider::testing {
namespace {

class DjangoApp : public SystemTest {
protected:
    void SetUp() override {
        if (const std::string obstacle = django_obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    }
    Ran run_python(const std::string& script, const std::vector<std::string>& arguments = {}) const {
        std::vector<std::string> command{django_python, POSTRIDER_SOURCE_DIR "/tests/django/" + script};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run_program(command, "", django_environment(site));
    }
};

TEST_F(DjangoApp, ItsOwnTestsPass) {
    const Ran ran = run_python("postrider_site_test.py");
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST_F(DjangoApp, WithItMessagesLeaveAtOnceThoughOthersWouldSettleForLongAndTheSiteKeepsItsDialogs) {
    std::string text = config();
    text.replace(text.find("settle: 0s"), 10, "settle: 1h");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const Ran ran = run_python("send_some.py", {"25"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const auto accepted = twilio.accepted();
    ASSERT_EQ(accepted.size(), 25u);
    EXPECT_EQ(site.value("select number = (select id from simple_messaging_outgoingmessage where message = "
                         "'dialog:welcome') from asked where what = 'transmit'"),
              "t");
    std::istringstream announced(ran.out);
    std::vector<double> lags;
    for (const TwilioRequest& request : accepted) {
        double at = 0;
        announced >> at;
        const std::chrono::duration<double, std::milli> arrived = request.arrived.time_since_epoch();
        lags.push_back(arrived.count() - at * 1000);
    }
    std::sort(lags.begin(), lags.end());
    std::cout << fmt::format(
        "  from the call of the command to the provider: median {:.1f} ms, most {:.1f} ms\n",
        lags[lags.size() / 2], lags.back());
}

}  // namespace
}  // namespace postrider::testing
