// Stopping ends in time, also where the database does not answer and says nothing about it.
#include "tests/support/database_proxy.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

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
    EXPECT_LT(time_to_stop(daemon), 45s) << daemon.log();
    EXPECT_EQ(site.value("select bool_and(ended is not null) from postrider.daemon"), "t") << daemon.log();
}

TEST_F(Stop, WithADatabaseThatDoesNotAnswerAnyMoreItEndsWithinItsLimit) {
    twilio.by_default(TwilioBehaviour::slow(1s));
    for (int i = 0; i < 20; ++i) site.insert();
    DaemonProcess daemon(config_through_proxy());
    ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
    proxy.stall_links_that_say("");
    proxy.stall_links();
    EXPECT_LT(time_to_stop(daemon), 45s) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("results could not be recorded"));
}

TEST_F(Stop, SoItDoesWithManyCallsThatWaitForEachOther) {
    std::string config = config_through_proxy();
    config.replace(config.find("  settle: 0s"), 0, "  pool_size: 1\n");
    std::vector<NewRow> rows;
    for (int i = 0; i < 10; ++i) {
        config += fmt::format("  - {{ name: c{}, transport: loopback }}\n", i);
        rows.push_back(
            {.send_in = 4s, .transmission_metadata = fmt::format(R"({{"message_channel": "c{}"}})", i)});
    }
    DaemonProcess daemon(config);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    site.insert_all(rows);
    ASSERT_TRUE(eventually([&] {
        return site.value(
                   "select min(send_date) - '1 second'::interval < now() from "
                   "simple_messaging_outgoingmessage") == "t";
    }));
    proxy.stall_links_that_say("");
    proxy.stall_links();
    ASSERT_TRUE(eventually([&] {
        return site.value(
                   "select max(send_date) < now() from "
                   "simple_messaging_outgoingmessage") == "t";
    }));
    EXPECT_LT(time_to_stop(daemon), 45s) << daemon.log();
}

}  // namespace
}  // namespace postrider::testing
