// A daemon that is frozen past its lease while it sends, and thaws.
#include "tests/support/full_port.h"
#include "tests/system/fault_test.h"

#include <fmt/format.h>
#include <signal.h>

#include <fstream>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class Frozen : public FaultTest {
protected:
    static std::string id_of(const DaemonProcess& daemon) {
        return fmt::format("(select max(id) from postrider.daemon where process = {})", daemon.id());
    }

    bool share(const DaemonProcess& one, const DaemonProcess& two) {
        constexpr const char* half = "32 of 64 shards, 2 daemons";
        return one.wait_for_status(half) && two.wait_for_status(half);
    }

    bool wait_until_declared_dead(const DaemonProcess& daemon) {
        return site.wait_for(
            fmt::format("select ended is not null from postrider.daemon where id = {}", id_of(daemon)));
    }

    /// What it does once it has joined anew is another matter, and goes elsewhere.
    void thaw_for_another_provider(const DaemonProcess& daemon) const {
        std::ofstream(daemon.config_file()) << config();
        daemon.signal(SIGHUP);
        daemon.signal(SIGCONT);
        EXPECT_TRUE(daemon.wait_for_log("joined the installation", 2)) << daemon.log();
    }
};

TEST_F(Frozen, InMidConnectItFinishesNoRequestWhenItThaws) {
    FullPort port;
    DaemonProcess one(config());
    spool = "other spool";
    DaemonProcess two(config_for(site.url(), port.url()));
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    put_in(numbered_rows(60, 60));
    ASSERT_TRUE(site.wait_for(
        fmt::format("select exists (select from postrider.attempt where daemon_id = {})", id_of(two))))
        << two.log();
    two.signal(SIGSTOP);
    port.open();  // the kernel connects for it; what it says when it thaws would be heard
    ASSERT_TRUE(wait_until_declared_dead(two)) << one.log();
    thaw_for_another_provider(two);
    ASSERT_TRUE(all_end()) << balance() << one.log() << two.log();
    EXPECT_TRUE(balance().exact()) << balance() << one.log() << two.log();
    EXPECT_THAT(port.heard(), Not(HasSubstr("Body="))) << two.log();
}

TEST_F(Frozen, BetweenARequestsHeadersAndItsBodyItFinishesNoRequestWhenItThaws) {
    FullPort port;
    port.open();
    DaemonProcess one(config());
    spool = "other spool";
    DaemonProcess two(config_for(site.url(), port.url()),
                      {"LD_PRELOAD=" POSTRIDER_FREEZE_AFTER_HEADERS,
                       "ASAN_OPTIONS=verify_asan_link_order=0"});  // in vain where nothing is sanitized
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    put_in(numbered_rows(60, 60));
    // It freezes by itself.
    ASSERT_TRUE(eventually([&] { return port.heard().find("\r\n\r\n") != std::string::npos; })) << two.log();
    ASSERT_TRUE(wait_until_declared_dead(two)) << one.log();
    EXPECT_THAT(port.heard(), Not(HasSubstr("Body="))) << "it was to freeze before";
    thaw_for_another_provider(two);
    ASSERT_TRUE(all_end()) << balance() << one.log() << two.log();
    EXPECT_TRUE(balance().exact()) << balance() << one.log() << two.log();
    EXPECT_THAT(port.heard(), Not(HasSubstr("Body="))) << two.log();
}

TEST_F(Frozen, BetweenARequestAndItsAnswerItDoublesNothingAndItsResultIsNotLost) {
    DaemonProcess one(config());
    spool = "other spool";
    DaemonProcess two(config());
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    twilio.by_default(TwilioBehaviour::slow(3s));
    put_in(numbered_rows(60, 60));
    ASSERT_TRUE(twilio.wait_for_accepted(8, patience));
    two.signal(SIGSTOP);
    twilio.by_default(TwilioBehaviour());
    ASSERT_TRUE(wait_until_declared_dead(two)) << one.log();
    two.signal(SIGCONT);
    EXPECT_TRUE(two.wait_for_log("joined the installation", 2)) << two.log();
    ASSERT_TRUE(all_end()) << balance() << one.log() << two.log();
    EXPECT_TRUE(balance().exact()) << balance() << one.log() << two.log();
}

}  // namespace
}  // namespace postrider::testing
