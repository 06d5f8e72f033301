#include "lib/dispatch/membership.h"

#include "tests/support/clock_test.h"
#include "tests/support/memory_membership.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using testing::MemoryDatabase;
using testing::MemoryMembership;

/// A daemon's membership with what it stands on.
struct Daemon {
    Daemon(boost::asio::io_context& io, MemoryDatabase& database, testing::ManualClock& clock)
        : store(io.get_executor(), database),
          membership(store, clock,
                     {.on_change = [this] { ++changes; },
                      .in_flight = [this](int shard) { return busy.contains(shard); }},
                     {}, [this] { return since_boot; }) {}

    SinceBoot since_boot{100s};
    int changes = 0;
    std::set<int> busy;
    MemoryMembership store;
    Membership membership;
};

struct MembershipTest : testing::ClockTest {
    ~MembershipTest() override { stop(); }

    void start(Daemon& daemon) {
        group.spawn("membership", daemon.membership.run());
        settle();
    }
    /// Time as both clocks have it.
    void live(std::chrono::milliseconds span) {
        for (auto left = span; left > 0ms; left -= 500ms) {
            for (Daemon* daemon : {&one, &two}) daemon->since_boot += 500ms;
            pass(500ms);
        }
    }
    Task<> leave(Daemon& daemon) { co_await daemon.membership.leave(); }

    MemoryDatabase database{clock};
    Daemon one{io, database, clock};
    Daemon two{io, database, clock};
};

TEST_F(MembershipTest, BeforeItHasJoinedNothingMayLeave) {
    EXPECT_FALSE(one.membership.granted());
    EXPECT_FALSE(one.membership.has(0));
    EXPECT_EQ(one.membership.check().health, Health::critical);
}

TEST_F(MembershipTest, CallsAreDividedSoThatTheSumIsHeld) {
    start(one);
    for (const std::size_t calls : {1u, 8u, 255u}) EXPECT_EQ(one.membership.part_of(calls), calls);
    start(two);
    live(10s);
    for (const std::size_t calls : {2u, 5u, 8u, 255u}) {
        EXPECT_EQ(one.membership.part_of(calls) + two.membership.part_of(calls), calls);
        EXPECT_GE(one.membership.part_of(calls), calls / 2);
        EXPECT_GE(two.membership.part_of(calls), calls / 2);
    }
    EXPECT_EQ(one.membership.part_of(1), 1u) << "or its messages would wait for ever";
    EXPECT_EQ(two.membership.part_of(1), 1u);
}

TEST_F(MembershipTest, OneDaemonAloneOwnsAllShards) {
    start(one);
    EXPECT_TRUE(one.membership.granted());
    EXPECT_EQ(one.membership.shards().size(), 64u);
    EXPECT_TRUE(one.membership.has(63));
    EXPECT_EQ(one.changes, 1);
    EXPECT_EQ(one.membership.check().health, Health::ok);
}

TEST_F(MembershipTest, TheLeaseEndsTenSecondsAfterTheHeartbeatLeft) {
    start(one);
    one.store.away = true;
    one.since_boot += 10s - 1ns;
    EXPECT_TRUE(one.membership.granted());
    one.since_boot += 1ns;
    EXPECT_FALSE(one.membership.granted());
    EXPECT_TRUE(one.membership.has(0)) << "its messages keep their places";
}

TEST_F(MembershipTest, TheLeaseEndsAlsoWhenOnlyTheMachineSlept) {
    start(one);
    one.since_boot += 1h;  // the loop's own clocks stood still
    EXPECT_FALSE(one.membership.granted());
    live(3s);
    EXPECT_TRUE(one.membership.granted());
}

TEST_F(MembershipTest, HeartbeatsKeepTheLease) {
    start(one);
    live(1min);
    EXPECT_TRUE(one.membership.granted());
    EXPECT_EQ(one.store.joins, 1);
    EXPECT_EQ(one.changes, 1) << "nothing changed";
}

TEST_F(MembershipTest, WithoutTheDatabaseItLosesItsShardsAndFindsThemAgain) {
    start(one);
    one.store.away = true;
    live(4s);
    EXPECT_TRUE(one.membership.shards().empty());
    EXPECT_EQ(one.membership.check().health, Health::critical);
    one.store.away = false;
    live(3s);
    EXPECT_EQ(one.membership.shards().size(), 64u);
    EXPECT_EQ(one.changes, 3);
}

TEST_F(MembershipTest, JoinsAnewWhenAPeerHasDeclaredItDead) {
    start(one);
    database.daemons.at(one.store.daemon()).ended = true;
    live(4s);
    EXPECT_EQ(one.store.joins, 2);
    EXPECT_TRUE(one.membership.granted());
    EXPECT_EQ(one.membership.shards().size(), 64u);
}

TEST_F(MembershipTest, TwoDaemonsShareAndNoShardHasTwoOwners) {
    start(one);
    start(two);
    live(5s);
    EXPECT_EQ(one.membership.shards().size(), 32u);
    EXPECT_EQ(two.membership.shards().size(), 32u);
    for (int shard = 0; shard < shards_max; ++shard) {
        EXPECT_NE(one.membership.has(shard), two.membership.has(shard)) << shard;
    }
}

TEST_F(MembershipTest, SurplusIsGivenBackOnlyWhenIdleButNoMoreClaimed) {
    start(one);
    for (int shard = 0; shard < shards_max; ++shard) one.busy.insert(shard);
    start(two);
    live(10s);
    EXPECT_TRUE(two.membership.shards().empty());
    EXPECT_EQ(one.membership.shards().size(), 64u);
    EXPECT_TRUE(one.membership.has(0));
    EXPECT_FALSE(one.membership.has(63));
    one.busy = {63};
    live(5s);
    EXPECT_EQ(two.membership.shards().size(), 31u);
    EXPECT_FALSE(two.membership.has(63));
    one.busy.clear();
    live(5s);
    EXPECT_TRUE(two.membership.has(63));
}

TEST_F(MembershipTest, WhoLeavesFreesItsShards) {
    start(one);
    start(two);
    live(5s);
    group.spawn("leave", leave(two));
    settle();
    EXPECT_FALSE(two.membership.granted());
    for (const auto& [shard, owner] : database.shards) EXPECT_EQ(owner, one.store.daemon()) << shard;
}

TEST_F(MembershipTest, TheShardsOfOneThatDiesGoToTheOther) {
    start(one);
    start(two);
    live(5s);
    two.store.away = true;
    database.end_session(two.store.daemon());
    live(3s);
    EXPECT_EQ(one.membership.shards().size(), 64u);
}

TEST_F(MembershipTest, OneThatIsFrozenIsOverOnceItsLeaseIs) {
    start(one);
    start(two);
    live(5s);
    two.store.away = true;  // its lock is still held
    live(8s);
    EXPECT_EQ(one.membership.shards().size(), 32u);
    live(6s);
    EXPECT_EQ(one.membership.shards().size(), 64u);
    EXPECT_FALSE(two.membership.granted());
}

}  // namespace
}  // namespace postrider
