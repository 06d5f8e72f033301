// PostgreSQL failing in every way a daemon can meet, in the midst of traffic.
#include "tests/support/database_proxy.h"
#include "tests/system/fault_test.h"
#include "tests/system/tiny_disk.h"

#include <fmt/format.h>
#include <pqxx/pqxx>
#include <signal.h>

#include <thread>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;

class DatabaseFault : public ServerFaultTest {
protected:
    static constexpr int messages = 200;
    static constexpr int numbers = 40;

    DatabaseFault() { twilio.by_default(TwilioBehaviour::slow(40ms)); }

    /// As the superuser, also where the server takes no writes.
    void command(const std::string& sql) {
        pqxx::connection connection(site.url("postgres") + " options='-c default_transaction_read_only=off'");
        pqxx::nontransaction(connection).exec(sql);
    }

    /// Some were sent, and others are still to be.
    bool traffic_flows() { return twilio.wait_for_accepted(messages / 10, patience); }
};

TEST_F(DatabaseFault, AwayForLongerThanALeaseItCostsNothing) {
    put_in(numbered_rows(messages, numbers));
    DaemonProcess daemon(config());
    ASSERT_TRUE(traffic_flows()) << daemon.log();
    {
        const ServerStopped stopped(site.server(), SIGINT);
        std::this_thread::sleep_for(12s);  // the lease is 10 s
        EXPECT_EQ(daemon.status().status, 503);
    }
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
}

TEST_F(DatabaseFault, CrashingAgainAndAgainItCostsNothing) {
    put_in(numbered_rows(messages, numbers));
    DaemonProcess daemon(config());
    for (int crash = 1; crash <= 3; ++crash) {
        ASSERT_TRUE(twilio.wait_for_accepted(static_cast<std::size_t>(30 * crash), patience)) << daemon.log();
        const ServerStopped stopped(site.server(), crash % 2 == 1 ? SIGQUIT : SIGINT);
    }
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
}

TEST_F(DatabaseFault, TakingNoWritesForAWhileItCostsNothing) {
    put_in(numbered_rows(messages, numbers));
    DaemonProcess daemon(config());
    ASSERT_TRUE(traffic_flows()) << daemon.log();
    command("alter system set default_transaction_read_only = on");
    command("select pg_reload_conf()");
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER CRITICAL")) << daemon.status().body;
    command("alter system reset default_transaction_read_only");
    command("select pg_reload_conf()");
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
}

TEST_F(DatabaseFault, ConnectionsCutInMidCommitCostNothing) {
    DatabaseProxy proxy(site.server().postgres().socket_folder());
    DaemonProcess daemon(config_for(proxy.url(site.database(), daemon_role), twilio.base_url()));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    proxy.cut_commits(3);
    put_in(numbered_rows(messages, numbers));
    ASSERT_TRUE(eventually([&] { return proxy.commits_cut() >= 10; })) << daemon.log();
    proxy.cut_commits(0);
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();  // before the proxy goes
}

/// The doorbell's link alone dies, without a word.
TEST_F(DatabaseFault, ADoorbellThatDiesWithoutAWordIsNoticedWhileMessagesGoOnLeaving) {
    DatabaseProxy proxy(site.server().postgres().socket_folder());
    DaemonProcess daemon(config_for(proxy.url(site.database(), daemon_role), twilio.base_url()));
    ASSERT_TRUE(daemon.wait_for_log("doorbell works")) << daemon.log();
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const auto death = std::chrono::steady_clock::now();
    ASSERT_EQ(proxy.stall_listening_links(), 1);
    put_in({{.message = "nobody hears this one"}});
    ASSERT_TRUE(daemon.wait_for_log("doorbell out of order; polling")) << daemon.log();
    EXPECT_LT(std::chrono::steady_clock::now() - death, 10s) << daemon.log();
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    ASSERT_TRUE(daemon.wait_for_log("doorbell works", 2)) << daemon.log();
    put_in({{.message = "but this one"}});
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

/// Every link of the daemon's dies so, that of its life included.
TEST_F(DatabaseFault, LinksThatAllDieWithoutAWordCostNothing) {
    DatabaseProxy proxy(site.server().postgres().socket_folder());
    DaemonProcess daemon(config_for(proxy.url(site.database(), daemon_role), twilio.base_url()));
    put_in(numbered_rows(messages, numbers));
    ASSERT_TRUE(traffic_flows()) << daemon.log();
    proxy.stall_links();
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST_F(DatabaseFault, ADiskThatIsFullForAWhileCostsNothing) {
    const TinyDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "mounting a file system of its own takes root";
    disk.give_to(site.server().postgres().folder() / "data");
    command(fmt::format("create tablespace tiny location '{}'", disk.path().string()));
    pqxx::connection elsewhere(site.server().url("postgres", "postgres"));
    pqxx::nontransaction(elsewhere).exec(
        fmt::format("alter database {} set tablespace tiny", site.database()));
    put_in(numbered_rows(4000, 400));
    DaemonProcess daemon(config("    concurrency: 64\n"));
    ASSERT_TRUE(traffic_flows()) << daemon.log();
    disk.fill();
    EXPECT_TRUE(daemon.wait_for_status("No space left on device")) << daemon.status().body;
    disk.empty();
    ASSERT_TRUE(all_end()) << balance() << daemon.log();
    EXPECT_TRUE(balance().exact()) << balance() << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    pqxx::nontransaction(elsewhere).exec(fmt::format("drop database {} with (force)", site.database()));
}

}  // namespace
}  // namespace postrider::testing
