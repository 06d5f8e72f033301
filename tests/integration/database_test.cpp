#include "lib/store/database.h"

#include "tests/integration/database_loop_test.h"
#include "tests/support/database_proxy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <functional>
#include <vector>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

struct DatabaseTest : DatabaseLoopTest {
    ~DatabaseTest() override { stop(); }

    static Task<std::string> ask(Database& database, std::string statement) {
        auto work = [&](pqxx::connection& connection) {
            const pqxx::result result = pqxx::nontransaction(connection).exec(statement);
            return std::string(result.empty() ? "" : result[0][0].c_str());
        };
        co_return co_await database.run(std::ref(work));
    }
    std::string answer(Database& database, const std::string& statement) {
        return result_of(ask(database, statement));
    }
    std::string error(Database& database, const std::string& statement) {
        return error_of(ask(database, statement));
    }
    /// Runs all at once, to their ends; how many failed.
    long long failures_of(Database& database, const std::vector<std::string>& statements) {
        std::vector<std::optional<std::string>> ends(statements.size());
        for (std::size_t i = 0; i < statements.size(); ++i) {
            group.spawn("call", keep(failure_of(ask(database, statements[i])), ends[i]));
        }
        EXPECT_TRUE(run_until([&] {
            return std::all_of(ends.begin(), ends.end(), [](const auto& end) { return end.has_value(); });
        }));
        return std::count_if(ends.begin(), ends.end(), [](const auto& end) { return end != ""; });
    }
    DatabaseSettings limited(std::chrono::milliseconds call_max, unsigned pool_size = 4) {
        DatabaseSettings settings = db.settings();
        settings.call_max = call_max;
        settings.pool_size = pool_size;
        return settings;
    }
    DatabaseSettings through(const DatabaseProxy& proxy, const std::string& more = "") {
        DatabaseSettings settings = limited(700ms);
        settings.url = Secret(proxy.url(db.name(), daemon_role) + more);
        return settings;
    }
};

TEST_F(DatabaseTest, AConnectionThatWasEndedIsReplaced) {
    Database database(io.get_executor(), db.settings());
    const std::string before = answer(database, "select pg_backend_pid()");
    db.end_sessions_of(daemon_role);
    EXPECT_NE(error(database, "select 1"), "");
    EXPECT_NE(answer(database, "select pg_backend_pid()"), before);
    EXPECT_EQ(database.check().health, Health::ok);
}

TEST_F(DatabaseTest, AConnectionIsUsedAgainAfterAnError) {
    Database database(io.get_executor(), db.settings());
    const std::string before = answer(database, "select pg_backend_pid()");
    EXPECT_NE(error(database, "select 1 / 0"), "");
    EXPECT_EQ(answer(database, "select pg_backend_pid()"), before);
}

TEST_F(DatabaseTest, ItIsCriticalAfterACallThatFailed) {
    Database database(io.get_executor(), db.settings());
    error(database, "select 1 / 0");
    EXPECT_EQ(database.check().health, Health::critical);
}

TEST_F(DatabaseTest, ItSurvivesACrashOfTheServer) {
    Database database(io.get_executor(), db.settings());
    answer(database, "select 1");
    cluster().stop(SIGQUIT);
    EXPECT_NE(error(database, "select 1"), "");
    EXPECT_NE(error(database, "select 1"), "");
    cluster().start();
    EXPECT_EQ(answer(database, "select 1"), "1");
}

TEST_F(DatabaseTest, AHungCallIsCutOffAndTheNextOneWorks) {
    Database database(io.get_executor(), limited(700ms));
    group.spawn("watch", database.watch());
    EXPECT_NE(error(database, "select pg_sleep(9)"), "");
    EXPECT_EQ(answer(database, "select 1"), "1");
}

TEST_F(DatabaseTest, ACallOverALinkThatDiedWithoutAWordIsCutOff) {
    DatabaseProxy proxy(cluster().socket_folder());
    Database database(io.get_executor(), through(proxy));
    group.spawn("watch", database.watch());
    answer(database, "select 1");
    proxy.stall_links();
    EXPECT_NE(error(database, "select 1"), "");
    EXPECT_EQ(answer(database, "select 1"), "1");
    stop();  // before the database goes
}

TEST_F(DatabaseTest, OnceACallIsCutOffOtherLinksOfItsTimeAreNotTriedAnyMore) {
    DatabaseProxy proxy(cluster().socket_folder());
    Database database(io.get_executor(), through(proxy));
    group.spawn("watch", database.watch());
    ASSERT_EQ(failures_of(database, {"select pg_sleep(0.2)", "select pg_sleep(0.2)", "select pg_sleep(0.2)"}),
              0);
    proxy.stall_links();
    EXPECT_NE(error(database, "select 1"), "");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(answer(database, "select 1"), "1");
    stop();
}

TEST_F(DatabaseTest, ACallWhoseNewLinkDiesBeforeItsSettingsAreMadeIsCutOff) {
    DatabaseProxy proxy(cluster().socket_folder());
    Database database(io.get_executor(), through(proxy));
    group.spawn("watch", database.watch());
    proxy.stall_links_that_say("statement_timeout");
    EXPECT_NE(error(database, "select 1"), "");
    proxy.stall_no_more();
    EXPECT_EQ(answer(database, "select 1"), "1");
    stop();
}

TEST_F(DatabaseTest, ConnectingIsGivenUpInTimeWhateverTheUrlSays) {
    DatabaseProxy proxy(cluster().socket_folder());
    Database database(io.get_executor(), through(proxy, " connect_timeout=0"));
    proxy.stall_links_that_say("");
    EXPECT_THAT(error(database, "select 1"), HasSubstr("timeout"));
}

TEST_F(DatabaseTest, WhenItIsClosedCallsUnderWayAreCutOffAndNoneBeginsAnew) {
    Database database(io.get_executor(), limited(20s, 1));
    group.spawn("watch", database.watch());
    std::optional<std::string> under_way;
    std::optional<std::string> waiting;
    group.spawn("call", keep(failure_of(ask(database, "select pg_sleep(15)")), under_way));
    group.spawn("call", keep(failure_of(ask(database, "select 1")), waiting));
    ASSERT_TRUE(run_until([&] {
        return db.number("select count(*) from pg_stat_activity where query = 'select pg_sleep(15)'") == 1;
    }));
    const auto start = std::chrono::steady_clock::now();
    database.close();
    ASSERT_TRUE(run_until([&] { return under_way && waiting; }));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_NE(*under_way, "");
    EXPECT_THAT(*waiting, HasSubstr("nothing more"));
    stop();
}

TEST_F(DatabaseTest, TheLimitOfCallsCanBeLoweredForThoseUnderWayToo) {
    Database database(io.get_executor(), limited(20s));
    group.spawn("watch", database.watch());
    std::optional<std::string> under_way;
    group.spawn("call", keep(failure_of(ask(database, "select pg_sleep(9)")), under_way));
    const auto start = std::chrono::steady_clock::now();
    database.cut_after(300ms);
    ASSERT_TRUE(run_until([&] { return under_way.has_value(); }));
    EXPECT_NE(*under_way, "");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    stop();
}

TEST_F(DatabaseTest, TheLimitOfACallDoesNotRunWhileItWaitsForAThread) {
    Database database(io.get_executor(), limited(1100ms, 1));
    group.spawn("watch", database.watch());
    EXPECT_EQ(failures_of(database, {"select pg_sleep(0.6)", "select pg_sleep(0.6)", "select pg_sleep(0.6)"}),
              0);
    stop();
}

TEST_F(DatabaseTest, TheServerEndsAStatementThatTakesTooLong) {
    DatabaseSettings settings = db.settings();
    settings.statement_max = 50ms;
    Database database(io.get_executor(), settings);
    EXPECT_THAT(error(database, "select pg_sleep(9)"), HasSubstr("statement timeout"));
}

TEST_F(DatabaseTest, AsManyCallsRunAtOnceAsThePoolIsLarge) {
    Database database(io.get_executor(), limited(20s, 3));
    // Each waits until all three hold their lock.
    const auto meet = [](int me) {
        return fmt::format(
            "do $$ begin perform pg_advisory_lock_shared(77, {}); "
            "while (select count(distinct objid) from pg_locks where locktype = 'advisory' and classid = 77) "
            "< 3 loop "
            "perform pg_sleep(0.005); end loop; end $$",
            me);
    };
    EXPECT_EQ(failures_of(database, {meet(1), meet(2), meet(3)}), 0);
    stop();
}

TEST_F(DatabaseTest, ACallWhoseTaskIsCancelledGoesOnToItsEnd) {
    Database database(io.get_executor(), limited(20s));
    answer(database, "create temp table warm (i int)");
    for (int i = 0; i < 300; ++i) {
        TaskGroup tasks(io.get_executor());
        std::vector<std::optional<std::string>> ends(4);
        for (auto& end : ends) tasks.spawn("call", keep(ask(database, "select 1"), end));
        io.restart();
        for (int turn = 0; turn < i % 12; ++turn) io.poll_one();
        tasks.cancel();
        ASSERT_TRUE(run_until([&] { return tasks.size() == 0; }));
    }
    EXPECT_EQ(answer(database, "select 1"), "1");
    EXPECT_EQ(database.check().health, Health::ok);
}

TEST_F(DatabaseTest, ErrorsRepeatNoValuesOfRows) {
    Database database(io.get_executor(), db.settings("postgres"));
    answer(database,
           "create table t (destination text unique); insert into t values ('+15550100'); select 1");
    const std::string said = error(database, "insert into t values ('+15550100')");
    EXPECT_THAT(said, HasSubstr("unique"));
    EXPECT_THAT(said, Not(HasSubstr("+15550100")));
}

TEST_F(DatabaseTest, SessionsHaveOurSettings) {
    Database database(io.get_executor(), db.settings());
    EXPECT_EQ(answer(database, "show timezone"), "UTC");
    EXPECT_EQ(answer(database, "show statement_timeout"), "10s");
    EXPECT_EQ(answer(database, "show application_name"), "postrider");
}

TEST_F(DatabaseTest, TheSitesSchemaIsSearched) {
    DatabaseSettings settings = db.settings();
    settings.site_schema = "Site \"data\"";
    Database database(io.get_executor(), settings);
    EXPECT_EQ(answer(database, "show search_path"), "\"Site \"\"data\"\"\"");
}

TEST_F(DatabaseTest, AWrongPasswordIsReportedWithoutPasswordOrUrl) {
    DatabaseSettings settings = db.settings("locked");
    settings.url = Secret(settings.url.reveal() + " password=wrong-horse");
    Database database(io.get_executor(), settings);
    const std::string said = error(database, "select 1");
    EXPECT_THAT(said, HasSubstr("password authentication failed"));
    EXPECT_THAT(said, Not(HasSubstr("wrong-horse")));
    EXPECT_THAT(said, Not(HasSubstr("dbname")));
}

TEST_F(DatabaseTest, TheRightPasswordIsTaken) {
    DatabaseSettings settings = db.settings("locked");
    settings.url = Secret(settings.url.reveal() + " password=" + locked_password);
    Database database(io.get_executor(), settings);
    EXPECT_EQ(answer(database, "select current_user"), "locked");
}

TEST_F(DatabaseTest, AUrlThatIsNoneIsASetupErrorThatDoesNotRepeatIt) {
    DatabaseSettings settings;
    settings.url = Secret("postgresql://me:wrong-horse@[half/db");
    Database database(io.get_executor(), settings);
    const std::string said = error(database, "select 1");
    EXPECT_THAT(said, HasSubstr("database.url"));
    EXPECT_THAT(said, Not(HasSubstr("wrong-horse")));
}

}  // namespace
}  // namespace postrider::testing
