// Several daemons on one database.
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <map>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class Fleet : public SystemTest {
protected:
    static constexpr int messages = 300;
    static constexpr int numbers = 30;

    void insert_messages() {
        std::vector<NewRow> rows;
        for (int i = 0; i < messages; ++i) {
            rows.push_back({.destination = fmt::format("+131255508{:02}", i % numbers),
                            .message = fmt::format("{}", i)});
        }
        site.insert_all(rows);
    }

    static bool share(const DaemonProcess& one, const DaemonProcess& two) {
        constexpr const char* half = "32 of 64 shards, 2 daemons";
        return one.wait_for_status(half) && two.wait_for_status(half);
    }

    /// No text twice, and each number's in order. How many arrived.
    std::size_t check_what_arrived() {
        std::map<std::string, int> times;
        std::map<std::string, std::vector<int>> by_number;
        for (const TwilioRequest& request : twilio.accepted()) {
            ++times[request.body];
            by_number[request.to].push_back(std::stoi(request.body));
        }
        for (const auto& [text, count] : times) EXPECT_EQ(count, 1) << text;
        for (const auto& [number, texts] : by_number) {
            EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end())) << number;
        }
        return times.size();
    }
};

TEST_F(Fleet, TwoDaemonsShareTheWorkAndSendEachMessageOnceInOrder) {
    twilio.by_default(TwilioBehaviour::slow(15ms));
    DaemonProcess one(config());
    DaemonProcess two(config());
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    insert_messages();
    ASSERT_TRUE(site.wait_for_all_ended()) << one.log() << two.log();
    EXPECT_EQ(check_what_arrived(), static_cast<std::size_t>(messages));
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage where errored"), 0);
    EXPECT_EQ(site.number("select count(distinct daemon_id) from postrider.attempt_history"), 2);
}

TEST_F(Fleet, WhenOneIsKilledTheOtherTakesOverAndNothingIsLostOrSentTwice) {
    twilio.by_default(TwilioBehaviour::slow(25ms));
    DaemonProcess one(config("    reconcile_after: 1s\n"));
    DaemonProcess two(config("    reconcile_after: 1s\n"));
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    insert_messages();
    ASSERT_TRUE(twilio.wait_for_accepted(60, patience));
    two.kill();
    // What it had in flight and Twilio does not list is trusted to be lost after 25 s and more.
    ASSERT_TRUE(site.wait_for_all_ended() || site.wait_for_all_ended()) << one.log();
    EXPECT_EQ(check_what_arrived(), static_cast<std::size_t>(messages));
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage where errored"), 0);
    EXPECT_TRUE(one.log_says("a daemon has died; taking over"));
}

TEST_F(Fleet, WhenOneStopsTheOtherHasItsShareWithinABeat) {
    DaemonProcess one(config());
    DaemonProcess two(config());
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    EXPECT_EQ(two.stop(), 0) << two.log();
    insert_messages();
    ASSERT_TRUE(site.wait_for_all_ended()) << one.log();
    EXPECT_EQ(check_what_arrived(), static_cast<std::size_t>(messages));
}

TEST_F(Fleet, AFrozenDaemonLosesItsShareAndSendsNothingWhenItThaws) {
    DaemonProcess one(config());
    DaemonProcess two(config());
    ASSERT_TRUE(share(one, two)) << one.log() << two.log();
    two.signal(SIGSTOP);
    insert_messages();
    ASSERT_TRUE(site.wait_for_all_ended()) << one.log();
    two.signal(SIGCONT);
    EXPECT_TRUE(two.wait_for_log("joined the installation", 2)) << two.log();
    EXPECT_EQ(check_what_arrived(), static_cast<std::size_t>(messages));
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage where errored"), 0);
}

}  // namespace
}  // namespace postrider::testing
