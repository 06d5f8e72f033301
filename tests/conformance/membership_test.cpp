#include "tests/conformance/ledger.h"
#include "tests/support/task_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t all = shards_max;

struct MembershipStoreTest : TaskTest {
    ~MembershipStoreTest() override { stop(); }

    DaemonId join(MembershipStore& store) { return result_of(store.join()); }
    Beat beat(MembershipStore& store) { return result_of(store.beat()); }
    /// What a daemon without anything in flight does.
    Beat beat_and_give_back(MembershipStore& store) {
        const Beat beaten = beat(store);
        if (!beaten.surplus.empty()) run(store.give_back(beaten.surplus));
        return beaten;
    }
    /// Beats until somebody is found dead: a session that is being ended takes a moment to go.
    std::vector<DaemonId> beat_until_one_died(MembershipStore& store) {
        std::vector<DaemonId> died;
        EXPECT_TRUE(run_until([&] {
            died = beat(store).died;
            return !died.empty();
        }));
        return died;
    }
    std::size_t shards_of(DaemonId id) {
        std::size_t count = 0;
        for (const auto& [shard, owner] : ledger->shards()) count += owner == id ? 1 : 0;
        return count;
    }
    /// All beat some times, in turn.
    void settle(const std::vector<MembershipStore*>& stores) {
        for (int round = 0; round < 3; ++round) {
            for (MembershipStore* store : stores) beat_and_give_back(*store);
        }
    }

    std::unique_ptr<Ledger> ledger = make_ledger(io.get_executor());
    std::unique_ptr<MembershipStore> one = ledger->membership();
    std::unique_ptr<MembershipStore> two = ledger->membership();
    std::unique_ptr<MembershipStore> three = ledger->membership();
};

TEST_F(MembershipStoreTest, ANewDaemonHasANameALockAndAHeartbeat) {
    const TimePoint before = ledger->now();
    const DaemonId id = join(*one);
    EXPECT_GT(id, 0);
    EXPECT_TRUE(ledger->is_alive(id));
    EXPECT_TRUE(ledger->has_session(id));
    EXPECT_GE(ledger->heartbeat(id), before);
    EXPECT_LE(ledger->heartbeat(id), ledger->now());
}

TEST_F(MembershipStoreTest, EveryDaemonHasANameOfItsOwn) { EXPECT_NE(join(*one), join(*two)); }

TEST_F(MembershipStoreTest, ADaemonAloneOwnsAllShards) {
    const DaemonId id = join(*one);
    EXPECT_EQ(shards_of(id), 0u);
    const Beat first = beat(*one);
    EXPECT_TRUE(first.alive);
    EXPECT_EQ(first.daemons, 1);
    EXPECT_EQ(first.shards.size(), all);
    EXPECT_EQ(*first.shards.begin(), 0);
    EXPECT_THAT(first.surplus, IsEmpty());
    EXPECT_THAT(first.died, IsEmpty());
    EXPECT_EQ(shards_of(id), all);
}

TEST_F(MembershipStoreTest, EveryBeatRenewsTheHeartbeat) {
    const DaemonId id = join(*one);
    ledger->age_heartbeat(id, 9s);
    const TimePoint before = ledger->now();
    beat(*one);
    EXPECT_GE(ledger->heartbeat(id), before);
}

TEST_F(MembershipStoreTest, TwoDaemonsShareEvenlyAfterAFewBeats) {
    const DaemonId a = join(*one);
    beat(*one);
    const DaemonId b = join(*two);
    settle({one.get(), two.get()});
    EXPECT_EQ(shards_of(a), all / 2);
    EXPECT_EQ(shards_of(b), all / 2);
    EXPECT_EQ(beat(*one).daemons, 2);
}

TEST_F(MembershipStoreTest, EachHasAPlaceAmongTheLiving) {
    join(*one);
    join(*two);
    join(*three);
    EXPECT_EQ(beat(*three).place, 2);
    EXPECT_EQ(beat(*two).place, 1);
    EXPECT_EQ(beat(*one).place, 0);
    run(one->leave());
    EXPECT_EQ(beat(*three).place, 1);
    EXPECT_EQ(beat(*two).place, 0);
}

TEST_F(MembershipStoreTest, ThreeShareAsEvenlyAsItGoes) {
    const std::vector<DaemonId> ids{join(*one), join(*two), join(*three)};
    settle({one.get(), two.get(), three.get()});
    std::size_t dealt = 0;
    for (DaemonId id : ids) {
        EXPECT_LE(shards_of(id), 22u);
        EXPECT_GE(shards_of(id), 20u);
        dealt += shards_of(id);
    }
    EXPECT_EQ(dealt, all) << "none is left over";
}

TEST_F(MembershipStoreTest, ADaemonKeepsItsSurplusUntilItGivesItBack) {
    join(*one);
    beat(*one);
    const DaemonId b = join(*two);
    const Beat told = beat(*one);
    EXPECT_EQ(told.shards.size(), all) << "the surplus is among them";
    EXPECT_EQ(told.surplus.size(), all / 2);
    EXPECT_EQ(*told.surplus.rbegin(), shards_max - 1);
    EXPECT_THAT(beat(*two).shards, IsEmpty());
    EXPECT_EQ(shards_of(b), 0u);
}

TEST_F(MembershipStoreTest, WhatIsGivenBackIsFreeForOthers) {
    const DaemonId a = join(*one);
    beat(*one);
    join(*two);
    run(one->give_back({62, 63}));
    EXPECT_EQ(shards_of(a), all - 2);
    EXPECT_THAT(beat(*two).shards, ElementsAre(62, 63));
}

TEST_F(MembershipStoreTest, NobodyGivesBackWhatIsAnothers) {
    const DaemonId a = join(*one);
    beat(*one);
    join(*two);
    run(two->give_back({0, 1}));
    EXPECT_EQ(shards_of(a), all);
}

TEST_F(MembershipStoreTest, WhenOneDiesTheOtherNamesItAndOwnsAll) {
    const DaemonId dead = join(*one);
    beat(*one);
    join(*two);
    beat_and_give_back(*one);
    beat_and_give_back(*two);
    ledger->cut(dead);
    const Beat found = beat(*two);
    EXPECT_THAT(found.died, ElementsAre(dead));
    EXPECT_EQ(found.daemons, 1);
    EXPECT_EQ(found.shards.size(), all);
    EXPECT_FALSE(ledger->is_alive(dead));
    EXPECT_THAT(beat(*two).died, IsEmpty()) << "once is enough";
}

TEST_F(MembershipStoreTest, ADaemonThatFrozeIsEnded) {
    const DaemonId frozen = join(*one);
    beat(*one);
    join(*two);
    ledger->age_heartbeat(frozen, 11s);
    EXPECT_THAT(beat_until_one_died(*two), ElementsAre(frozen));
    EXPECT_FALSE(ledger->is_alive(frozen));
    EXPECT_FALSE(ledger->has_session(frozen));
    EXPECT_EQ(beat(*two).shards.size(), all);
}

TEST_F(MembershipStoreTest, WhoeverFrozeJoinsAnewWhenItThaws) {
    const DaemonId frozen = join(*one);
    beat(*one);
    join(*two);
    ledger->age_heartbeat(frozen, 11s);
    beat_until_one_died(*two);
    EXPECT_NE(error_of(one->beat()), "");
    EXPECT_GT(join(*one), frozen);
    EXPECT_TRUE(beat(*one).alive);
}

TEST_F(MembershipStoreTest, ADaemonWhoseHeartbeatIsYoungerIsNotFoundDead) {
    const DaemonId slow = join(*one);
    join(*two);
    ledger->age_heartbeat(slow, 8s);
    EXPECT_THAT(beat(*two).died, IsEmpty());
    EXPECT_TRUE(ledger->is_alive(slow));
    EXPECT_TRUE(ledger->has_session(slow));
}

TEST_F(MembershipStoreTest, NobodyBuriesItself) {
    const DaemonId slow = join(*one);
    ledger->age_heartbeat(slow, 11s);
    const Beat first = beat(*one);
    EXPECT_TRUE(first.alive);
    EXPECT_THAT(first.died, IsEmpty());
}

TEST_F(MembershipStoreTest, ADaemonThatWasDeclaredDeadIsToldAndGetsNothing) {
    const DaemonId id = join(*one);
    ledger->end(id);
    const Beat told = beat(*one);
    EXPECT_FALSE(told.alive);
    EXPECT_THAT(told.shards, IsEmpty());
    EXPECT_EQ(shards_of(id), 0u);
}

TEST_F(MembershipStoreTest, WhoeverWasDeclaredDeadJoinsUnderANewName) {
    const DaemonId id = join(*one);
    ledger->end(id);
    EXPECT_GT(join(*one), id);
    EXPECT_EQ(beat(*one).shards.size(), all);
}

TEST_F(MembershipStoreTest, AfterItsConnectionWasCutADaemonIsStillWhoItWas) {
    const DaemonId id = join(*one);
    beat(*one);
    ledger->cut(id);
    EXPECT_NE(error_of(one->beat()), "") << "a lock that nobody holds is no life";
    EXPECT_EQ(join(*one), id);
    EXPECT_TRUE(ledger->has_session(id));
    EXPECT_EQ(beat(*one).shards.size(), all);
}

TEST_F(MembershipStoreTest, ADaemonThatWasBuriedWhileItWasCutGetsANewName) {
    const DaemonId id = join(*one);
    join(*two);
    ledger->cut(id);
    beat(*two);
    EXPECT_NE(error_of(one->beat()), "");
    EXPECT_GT(join(*one), id);
}

TEST_F(MembershipStoreTest, WhoeverLeavesFreesItsShards) {
    const DaemonId id = join(*one);
    beat(*one);
    run(one->leave());
    EXPECT_EQ(shards_of(id), 0u);
    EXPECT_FALSE(ledger->is_alive(id));
    const DaemonId next = join(*two);
    EXPECT_EQ(beat(*two).shards.size(), all);
    EXPECT_EQ(shards_of(next), all);
}

TEST_F(MembershipStoreTest, WhoeverLeftIsNotFoundDead) {
    join(*one);
    join(*two);
    run(one->leave());
    const Beat next = beat(*two);
    EXPECT_THAT(next.died, IsEmpty());
    EXPECT_EQ(next.daemons, 1);
}

TEST_F(MembershipStoreTest, WhoeverLeftMayLeaveAgainAndJoinUnderANewName) {
    run(one->leave());  // never joined
    const DaemonId id = join(*one);
    run(one->leave());
    run(one->leave());
    EXPECT_GT(join(*one), id);
    EXPECT_TRUE(beat(*one).alive);
}

TEST_F(MembershipStoreTest, TheAttemptsOfTheBuriedAreTheirHeirsDoubts) {
    const DaemonId dead = join(*one);
    beat(*one);
    const MessageId id = ledger->insert({});
    auto outbox = ledger->outbox([&] { return dead; });
    ClaimRequest wanted;
    wanted.message_id = id;
    wanted.row_version = ledger->row_version(id);
    wanted.idempotency_key = "00000000-0000-4000-8000-000000000001";
    const TimePoint now = ledger->now();
    ASSERT_EQ(result_of(outbox->claim({wanted}, {now, now, TimePoint::min()})).size(), 1u);
    const DaemonId heir = join(*two);
    ledger->cut(dead);
    beat(*two);
    outbox = ledger->outbox([&] { return heir; });
    const auto doubts = result_of(outbox->read_doubts({}));
    ASSERT_EQ(doubts.size(), 1u);
    EXPECT_EQ(doubts[0].message.id, id);
}

}  // namespace
}  // namespace postrider::testing
