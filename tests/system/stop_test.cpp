// Stopping ends in time, also where the database does not answer and says nothing about it.
#include "tests/support/database_proxy.h"
#include "tests/system/system_test.h"

#include <chrono>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class Stop : public SystemTest {
protected:
    std::string config_through_proxy(const std::string& more = "") {
        return configuration(proxy.url(site.database(), daemon_role), twilio_channel(twilio.base_url()),
                             more);
    }
    static std::chrono::milliseconds time_to_stop(DaemonProcess& daemon) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(daemon.stop(), 0) << daemon.log();
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                     start);
    }

    Server& server = shared_server();
    DatabaseProxy proxy{server.postgres().socket_folder()};
};

TEST_F(Stop, WhileItsFirstLookAtTheDatabaseHangsItEndsAtOnce) {
    proxy.stall_links_that_say("pg_backend_pid");
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(eventually([&] { return proxy.links_stalled() > 0; })) << daemon.log();
    EXPECT_LT(time_to_stop(daemon), 3s) << daemon.log();
}

TEST_F(Stop, WhileANewConnectionToItsDatabaseHangsItEndsAtOnce) {
    proxy.stall_links_that_say("statement_timeout");
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(eventually([&] { return proxy.links_stalled() > 0; })) << daemon.log();
    EXPECT_LT(time_to_stop(daemon), 3s) << daemon.log();
}

TEST_F(Stop, WhileConnectingHangsItEndsOnceThatIsGivenUp) {
    proxy.stall_links_that_say("");
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(eventually([&] { return proxy.links_stalled() > 0; })) << daemon.log();
    EXPECT_LT(time_to_stop(daemon), 8s) << daemon.log();
}

TEST_F(Stop, WhileTheDoorbellsConnectionHangsItEndsSoon) {
    proxy.stall_links_that_say("LISTEN");
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(eventually([&] { return proxy.links_stalled() > 0; })) << daemon.log();
    EXPECT_LT(time_to_stop(daemon), 8s) << daemon.log();
}

TEST_F(Stop, AfterItsLinksDiedWithoutAWordItSignsOffOverNewOnes) {
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    proxy.stall_links();
    EXPECT_LT(time_to_stop(daemon), 20s) << daemon.log();
    EXPECT_EQ(site.value("select bool_and(ended is not null) from postrider.daemon"), "t") << daemon.log();
}

TEST_F(Stop, WithADatabaseThatDoesNotAnswerAnyMoreItEndsWithinItsLimit) {
    twilio.by_default(TwilioBehaviour::slow(1s));
    for (int i = 0; i < 20; ++i) site.insert();
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
    proxy.stall_links_that_say("");
    proxy.stall_links();
    EXPECT_LT(time_to_stop(daemon), 30s) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("results could not be recorded"));
}

}  // namespace
}  // namespace postrider::testing
