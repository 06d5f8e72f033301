#include "lib/store/pg_membership.h"
#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct MembershipStoreTest : DatabaseLoopTest {
    ~MembershipStoreTest() override { stop(); }

    std::unique_ptr<PgMembership> make() { return make_pg_membership(io.get_executor(), db.settings()); }
    DaemonId join(PgMembership& store) { return result_of(store.join()); }
    Beat beat(PgMembership& store) { return result_of(store.beat()); }
    /// What a daemon without anything in flight does.
    Beat beat_and_give_back(PgMembership& store) {
        const Beat beaten = beat(store);
        if (!beaten.surplus.empty()) run(store.give_back(beaten.surplus));
        return beaten;
    }
    long long shards_of(DaemonId id) {
        return db.number("select count(*) from postrider.shard where daemon_id = $1", id);
    }
    /// Ends the session that holds the daemon's lock, as if its process had died.
    void cut(DaemonId id) {
        db.sql(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = "
            "$1::bigint::oid",
            id);
        ASSERT_TRUE(run_until([&] { return !holds_lock(id); }));
    }
    bool holds_lock(DaemonId id) {
        return db.number(
                   "select count(*) from pg_locks where locktype = 'advisory' and classid = "
                   "x'506f7374'::int::oid "
                   "and objid = $1::bigint::oid and database = (select oid from pg_database where datname = "
                   "current_database())",
                   id) > 0;
    }
    bool is_alive(DaemonId id) {
        return db.text("select ended is null from postrider.daemon where id = $1", id) == "t";
    }
};

TEST_F(MembershipStoreTest, ANewDaemonHasANameALockAndAHeartbeat) {
    const auto store = make();
    const DaemonId id = join(*store);
    EXPECT_EQ(store->daemon(), id);
    EXPECT_TRUE(is_alive(id));
    EXPECT_TRUE(holds_lock(id));
    EXPECT_EQ(db.number("select count(*) from postrider.heartbeat where daemon_id = $1 and at > now() - "
                        "interval '1 minute'",
                        id),
              1);
}

TEST_F(MembershipStoreTest, ADaemonAloneOwnsAllShards) {
    const auto store = make();
    join(*store);
    const Beat first = beat(*store);
    EXPECT_TRUE(first.alive);
    EXPECT_EQ(first.daemons, 1);
    EXPECT_EQ(first.shards.size(), static_cast<std::size_t>(shards_max));
    EXPECT_THAT(first.surplus, IsEmpty());
}

TEST_F(MembershipStoreTest, EveryBeatRenewsTheHeartbeat) {
    const auto store = make();
    const DaemonId id = join(*store);
    db.script("update postrider.heartbeat set at = '2020-01-01'");
    beat(*store);
    EXPECT_EQ(db.text("select at > '2021-01-01' from postrider.heartbeat where daemon_id = $1", id), "t");
}

TEST_F(MembershipStoreTest, TwoDaemonsShareEvenlyAfterAFewBeats) {
    const auto first = make();
    const auto second = make();
    const DaemonId a = join(*first);
    beat(*first);
    const DaemonId b = join(*second);
    for (int i = 0; i < 3; ++i) {
        beat_and_give_back(*first);
        beat_and_give_back(*second);
    }
    EXPECT_EQ(shards_of(a), shards_max / 2);
    EXPECT_EQ(shards_of(b), shards_max / 2);
}

TEST_F(MembershipStoreTest, ADaemonKeepsItsSurplusUntilItGivesItBack) {
    const auto first = make();
    const auto second = make();
    join(*first);
    beat(*first);
    const DaemonId b = join(*second);
    EXPECT_EQ(beat(*first).surplus.size(), static_cast<std::size_t>(shards_max / 2));
    EXPECT_THAT(beat(*second).shards, IsEmpty());
    EXPECT_EQ(shards_of(b), 0);
}

TEST_F(MembershipStoreTest, WhenOneDiesTheOtherNamesItAndOwnsAll) {
    const auto first = make();
    const auto second = make();
    const DaemonId dead = join(*first);
    beat(*first);
    join(*second);
    beat_and_give_back(*first);
    beat_and_give_back(*second);
    cut(dead);
    const Beat found = beat(*second);
    EXPECT_THAT(found.died, ElementsAre(dead));
    EXPECT_EQ(found.daemons, 1);
    EXPECT_EQ(found.shards.size(), static_cast<std::size_t>(shards_max));
    EXPECT_FALSE(is_alive(dead));
    EXPECT_THAT(beat(*second).died, IsEmpty());
}

TEST_F(MembershipStoreTest, ADaemonThatFrozeIsEnded) {
    const auto first = make();
    const auto second = make();
    const DaemonId frozen = join(*first);
    beat(*first);
    join(*second);
    db.sql("update postrider.heartbeat set at = now() - interval '11 seconds' where daemon_id = $1", frozen);
    std::vector<DaemonId> died;
    ASSERT_TRUE(run_until([&] {
        for (DaemonId id : beat(*second).died) died.push_back(id);
        return !died.empty();
    }));
    EXPECT_THAT(died, ElementsAre(frozen));
}

TEST_F(MembershipStoreTest, ADaemonWhoseHeartbeatIsYoungerIsNot) {
    const auto first = make();
    const auto second = make();
    const DaemonId slow = join(*first);
    join(*second);
    db.sql("update postrider.heartbeat set at = now() - interval '8 seconds' where daemon_id = $1", slow);
    EXPECT_THAT(beat(*second).died, IsEmpty());
    EXPECT_TRUE(holds_lock(slow));
}

TEST_F(MembershipStoreTest, ADaemonThatWasDeclaredDeadIsToldAndGetsNothing) {
    const auto store = make();
    const DaemonId id = join(*store);
    db.sql("update postrider.daemon set ended = now() where id = $1", id);
    const Beat told = beat(*store);
    EXPECT_FALSE(told.alive);
    EXPECT_THAT(told.shards, IsEmpty());
}

TEST_F(MembershipStoreTest, AfterItsConnectionWasCutADaemonIsStillWhoItWas) {
    const auto store = make();
    const DaemonId id = join(*store);
    beat(*store);
    cut(id);
    EXPECT_NE(error_of(store->beat()), "");
    EXPECT_EQ(join(*store), id);
    EXPECT_EQ(beat(*store).shards.size(), static_cast<std::size_t>(shards_max));
}

TEST_F(MembershipStoreTest, AfterAHalfDeadConnectionADaemonIsStillWhoItWas) {
    const auto store = make();
    const DaemonId id = join(*store);
    // The server has not noticed that the old link is gone: its session still holds the lock.
    cut(id);
    const auto ghost = db.connect(daemon_role);
    pqxx::nontransaction(*ghost).exec_params("select pg_advisory_lock(x'506f7374'::int, $1::int)", id);
    EXPECT_NE(error_of(store->beat()), "");
    EXPECT_EQ(join(*store), id);
}

TEST_F(MembershipStoreTest, ADaemonThatWasBuriedWhileItWasCutGetsANewName) {
    const auto first = make();
    const auto second = make();
    const DaemonId id = join(*first);
    join(*second);
    cut(id);
    beat(*second);
    EXPECT_NE(error_of(first->beat()), "");
    EXPECT_GT(join(*first), id);
}

TEST_F(MembershipStoreTest, WhoeverLeavesFreesItsShards) {
    const auto store = make();
    const DaemonId id = join(*store);
    beat(*store);
    run(store->leave());
    EXPECT_EQ(shards_of(id), 0);
    EXPECT_FALSE(is_alive(id));
    EXPECT_EQ(store->daemon(), 0);
}

TEST_F(MembershipStoreTest, WhoeverLeftIsNotFoundDead) {
    const auto first = make();
    const auto second = make();
    join(*first);
    join(*second);
    run(first->leave());
    EXPECT_THAT(beat(*second).died, IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
