// What operators suspend, from one lane to whole daemons.
#include "lib/dispatch/suspensions.h"
#include "tests/support/daemon_in_memory.h"
#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TimePoint nine = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 9h;

TEST(Suspensions, SayFromWhenUntilWhenAndWhy) {
    EXPECT_EQ(to_text({.channel = "sms", .since = nine, .until = {}, .reason = ""}),
              "suspended since 2026-01-31T09:00:00.000000Z");
    EXPECT_EQ(to_text({.channel = "sms", .since = nine, .until = nine + 1h, .reason = "maintenance"}),
              "suspended since 2026-01-31T09:00:00.000000Z until 2026-01-31T10:00:00.000000Z: maintenance");
}

TEST(Suspensions, OfSeveralTheOneCountsThatEndsLast) {
    const std::vector<Suspension> both{
        {.channel = "", .since = nine, .until = nine + 2h, .reason = "all"},
        {.channel = "sms", .since = nine, .until = nine + 1h, .reason = "one"}};
    EXPECT_EQ(find_suspension(both, "sms")->reason, "all");
    const std::vector<Suspension> endless{{.channel = "", .since = nine, .until = nine + 2h, .reason = "all"},
                                          {.channel = "sms", .since = nine, .until = {}, .reason = "one"}};
    EXPECT_EQ(find_suspension(endless, "sms")->reason, "one");
    EXPECT_EQ(find_suspension(endless, "mail")->reason, "all");
    EXPECT_EQ(find_suspension({{.channel = "sms", .since = nine, .until = {}, .reason = ""}}, "mail"),
              nullptr);
}

struct SuspendedLaneTest : testing::LaneTest {
    Suspension suspension(std::optional<TimePoint> until = {}) {
        return {.channel = "sms", .since = clock.now(), .until = until, .reason = "bad link in the text"};
    }
};

TEST_F(SuspendedLaneTest, NothingLeavesUntilItIsTakenBack) {
    start();
    lane->suspend(suspension());
    const MessageId id = insert_and_offer("one");
    pass(1h);
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_EQ(claims(), 0);
    lane->suspend(std::nullopt);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(SuspendedLaneTest, ItEndsByItself) {
    start();
    lane->suspend(suspension(clock.now() + 10min));
    const MessageId id = insert_and_offer("one");
    pass(10min - 1s);
    EXPECT_TRUE(row(id).waits());
    pass(1s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(SuspendedLaneTest, WhatIsUnderWayEnds) {
    start();
    transport->gate.close();
    const MessageId id = insert_and_offer("one");
    settle();
    lane->suspend(suspension());
    transport->gate.open();
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(SuspendedLaneTest, TheStatusSaysSoAndWhy) {
    start();
    lane->suspend(suspension());
    EXPECT_EQ(lane->check().health, Health::warning);
    EXPECT_THAT(lane->check().text, HasSubstr("bad link in the text; its messages wait"));
    lane->suspend(std::nullopt);
    EXPECT_EQ(lane->check().health, Health::ok);
}

struct SuspendedChannelTest : testing::DaemonTest {
    void suspend(const std::string& name, bool copy_found = false, std::optional<TimePoint> until = {}) {
        database.suspensions.push_back({.channel = name,
                                        .copy_found = copy_found,
                                        .since = clock.now(),
                                        .until = until,
                                        .reason = "why"});
    }
    MessageId insert_on(const std::string& name, const std::string& text) {
        const MessageId id = insert(text, name);
        edit(id, [&](auto& row) { row.metadata = R"({"message_channel": ")" + name + R"("})"; });
        return id;
    }
    std::vector<Check> delivery_checks(std::size_t daemon = 0) {
        std::vector<Check> found;
        for (Check& check : daemons[daemon].dispatcher.checks()) {
            if (check.name == "delivery") found.push_back(std::move(check));
        }
        return found;
    }
};

TEST_F(SuspendedChannelTest, BindsEveryDaemonAndNoOtherChannel) {
    settings.channels = {channel("sms"), channel("mail")};
    start_daemon();
    start_daemon();
    pass(10s);
    suspend("sms");
    pass(3s);
    for (int i = 0; i < 20; ++i) insert_on("sms", std::to_string(i));
    insert_on("mail", "letter");
    pass(1min);
    EXPECT_THAT(provider("sms").texts(), IsEmpty());
    EXPECT_THAT(provider("mail").texts(), ElementsAre("letter"));
    database.suspensions.clear();
    pass(10s);
    EXPECT_EQ(provider("sms").left.size(), 20u);
}

TEST_F(SuspendedChannelTest, HoldsFromTheFirstMomentForADaemonThatHasNotHeardOfIt) {
    start_daemon();
    pass(5s);
    suspend("sms");  // the daemon looks every other second
    const MessageId id = insert("one");
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_TRUE(row(id).waits());
}

TEST_F(SuspendedChannelTest, WhoIsToldLooksAtOnce) {
    testing::DaemonInMemory& daemon = start_daemon();
    suspend("sms");
    pass(5s);
    const MessageId id = insert("one");
    pass(5s);
    database.suspensions.clear();
    daemon.dispatcher.on_suspensions_changed();
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(SuspendedChannelTest, HoldsForLanesThatAReloadBrings) {
    testing::DaemonInMemory& daemon = start_daemon();
    suspend("");
    pass(5s);
    DispatchSettings more;
    more.channels = {channel("sms"), channel("mail")};
    daemon.outbox.away = true;  // it cannot ask again
    daemon.dispatcher.reconfigure(std::move(more));
    EXPECT_EQ(daemon.dispatcher.lane("mail").check().health, Health::warning);
    daemon.outbox.away = false;
}

TEST_F(SuspendedChannelTest, OfAllChannelsIsACheckOfItsOwn) {
    start_daemon();
    pass(5s);
    EXPECT_THAT(delivery_checks(), IsEmpty());
    suspend("");
    pass(5s);
    ASSERT_EQ(delivery_checks().size(), 1u);
    EXPECT_EQ(delivery_checks()[0].health, Health::warning);
    EXPECT_THAT(delivery_checks()[0].text, HasSubstr("why"));
    suspend("", true);
    pass(5s);
    EXPECT_EQ(delivery_checks()[0].health, Health::critical);
    EXPECT_THAT(delivery_checks()[0].text, HasSubstr("channels resume --all"));
}

TEST_F(SuspendedChannelTest, OneThatIsOverIsNotShown) {
    start_daemon();
    suspend("", false, clock.now() + 10s);
    pass(5s);
    EXPECT_EQ(delivery_checks().size(), 1u);
    pass(6s);
    EXPECT_THAT(delivery_checks(), IsEmpty());
}

TEST_F(SuspendedChannelTest, AHeldMessageWaitsAndLaterOnesPassIt) {
    start_daemon();
    const MessageId held = insert("held", "a", 5s);
    insert("later", "a", 6s);
    edit(held, [](auto& row) { row.held = true; });
    pass(1min);
    EXPECT_THAT(provider().texts(), ElementsAre("later"));
    edit(held, [](auto& row) { row.held = false; });
    pass(5s);
    EXPECT_THAT(provider().texts(), ElementsAre("later", "held"));
}

}  // namespace
}  // namespace postrider
