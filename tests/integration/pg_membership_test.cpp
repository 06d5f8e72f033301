// What PostgreSQL alone has to say about daemons: sessions and their locks.
#include "lib/store/pg_membership.h"

#include "tests/integration/database_loop_test.h"
#include "tests/support/database_proxy.h"

namespace postrider::testing {
namespace {

struct PgMembershipTest : DatabaseLoopTest {
    ~PgMembershipTest() override { stop(); }

    /// Ends the session that holds the daemon's lock, as if its process had died.
    void cut(DaemonId id) {
        db.sql(
            "select pg_terminate_backend(pid, 30000) from pg_locks where locktype = 'advisory' and objid = "
            "$1::bigint::oid",
            id);
    }

    std::unique_ptr<PgMembership> store = make_pg_membership(io.get_executor(), db.settings());
};

TEST_F(PgMembershipTest, ADaemonsNameIsToldWhileItHasOne) {
    EXPECT_EQ(store->daemon(), 0);
    const DaemonId id = result_of(store->join());
    EXPECT_EQ(store->daemon(), id);
    run(store->leave());
    EXPECT_EQ(store->daemon(), 0);
}

TEST_F(PgMembershipTest, ItsLockIsOnThePairOfOurNumberAndItsName) {
    const DaemonId id = result_of(store->join());
    EXPECT_EQ(db.number("select count(*) from pg_locks where locktype = 'advisory' and classid = "
                        "x'506f7374'::int::oid and objid = $1::bigint::oid and database = (select oid from "
                        "pg_database where datname = current_database())",
                        id),
              1);
}

TEST_F(PgMembershipTest, AfterAHalfDeadConnectionADaemonIsStillWhoItWas) {
    const DaemonId id = result_of(store->join());
    // The server has not noticed that the old link is gone: its session still holds the lock.
    cut(id);
    const auto ghost = db.connect(daemon_role);
    pqxx::nontransaction(*ghost).exec_params("select pg_advisory_lock(x'506f7374'::int, $1::int)", id);
    EXPECT_NE(error_of(store->beat()), "");
    EXPECT_EQ(result_of(store->join()), id);
}

TEST_F(PgMembershipTest, ADaemonForJobsOnlyGetsNoShardsAndTakesNoneFromOthers) {
    const auto for_jobs = make_pg_membership(io.get_executor(), db.settings(), DaemonPart::jobs);
    result_of(for_jobs->join());
    const Beat alone = result_of(for_jobs->beat());
    EXPECT_TRUE(alone.alive);
    EXPECT_TRUE(alone.shards.empty());
    EXPECT_EQ(db.number("select postrider.daemon_lives()::int"), 0) << "nobody who sends";
    result_of(store->join());
    const Beat sender = result_of(store->beat());
    EXPECT_EQ(sender.shards.size(), static_cast<std::size_t>(shards_max));
    EXPECT_EQ(sender.daemons, 1);
    EXPECT_EQ(sender.place, 0) << "the daemon for jobs is older, and has no place";
    EXPECT_EQ(db.number("select postrider.daemon_lives()::int"), 1);
    run(for_jobs->leave());
    run(store->leave());
}

TEST_F(PgMembershipTest, OverALinkThatDiedWithoutAWordADaemonLeavesAllTheSame) {
    DatabaseProxy proxy(cluster().socket_folder());
    DatabaseSettings settings = db.settings();
    settings.url = Secret(proxy.url(db.name(), daemon_role));
    const auto through_proxy = make_pg_membership(io.get_executor(), settings);
    group.spawn("watch", through_proxy->watch());
    const DaemonId id = result_of(through_proxy->join());
    proxy.stall_links();
    run(through_proxy->leave());
    EXPECT_EQ(
        db.number("select count(*) from postrider.daemon where id = $1::bigint and ended is not null", id),
        1);
    stop();
}

}  // namespace
}  // namespace postrider::testing
