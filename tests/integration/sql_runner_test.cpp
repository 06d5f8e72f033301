#include "lib/store/sql_runner.h"

#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct SqlRunnerTest : DatabaseLoopTest {
    ~SqlRunnerTest() override { stop(); }

    static JobDefinition job(const std::string& sql) {
        return {.name = "a", .work = SqlJob{sql}, .schedule = JobSchedule::every(1h), .timeout = 20s};
    }
    RunResult result(const JobDefinition& what) { return result_of(runner->run(what, "key", stop_bell)); }

    Wakeup stop_bell{io.get_executor()};
    Database database{io.get_executor(), db.settings()};
    std::unique_ptr<JobRunner> runner = make_sql_runner(io.get_executor(), database, db.settings());
};

TEST_F(SqlRunnerTest, RowsAreTheOutput) {
    const RunResult done = result(job("select i, 'x' || i, null from generate_series(1, 2) i"));
    EXPECT_EQ(done.status, RunStatus::success) << done.reason;
    EXPECT_EQ(done.output, "1\tx1\t\n2\tx2\t\n");
    EXPECT_EQ(result(job("create temporary table t (i int); insert into t values (1), (2)")).output,
              "2 rows\n");
}

TEST_F(SqlRunnerTest, AnErrorIsInTheServersWords) {
    const RunResult done = result(job("select * from no_such_table"));
    EXPECT_EQ(done.status, RunStatus::error);
    EXPECT_THAT(done.reason, HasSubstr("\"no_such_table\" does not exist"));
}

TEST_F(SqlRunnerTest, ItsTimeOutEndsTheStatementToo) {
    JobDefinition slow = job("select pg_sleep(1000)");
    slow.timeout = 300ms;
    const RunResult done = result(slow);
    EXPECT_EQ(done.status, RunStatus::killed);
    EXPECT_EQ(done.reason, "not done after 0.3 s: cancelled");
    EXPECT_EQ(
        db.number("select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = "
                  "'active'"),
        0);
}

TEST_F(SqlRunnerTest, ToldToStopBeforeItHasBegunItEndsAllTheSame) {
    stop_bell.ring();
    JobDefinition slow = job("select pg_sleep(1000)");
    slow.timeout = 0s;
    const RunResult done = result(slow);
    EXPECT_EQ(done.status, RunStatus::interrupted);
    EXPECT_EQ(done.reason, "the daemon stopped");
}

TEST_F(SqlRunnerTest, OurOwnSessionsSettingsAreNotItsOwn) {
    EXPECT_EQ(result(job("select current_setting('enable_seqscan'), coalesce(nullif(current_setting("
                         "'postrider.guard', true), ''), 'none')"))
                  .output,
              "on\tnone\n");
}

}  // namespace
}  // namespace postrider::testing
