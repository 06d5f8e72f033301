#include "lib/store/pg_jobs.h"

#include "lib/store/job_queries.h"
#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Two daemons, as their lives stand in the ledger.
struct PgJobsTest : DatabaseLoopTest {
    ~PgJobsTest() override { stop(); }

    static DaemonId enter(TestDatabase& database, const std::string& host, int process) {
        return database.number(
            "insert into postrider.daemon (host, process, version) values ($1, $2, 'v') returning id", host,
            process);
    }
    void enlist(const std::string& name, const std::string& queue = "default",
                const std::string& schedule = "every 10s") {
        EnlistedJob job{name, queue, schedule, noon, noon + 1s};
        std::vector<EnlistedJob> jobs{job};
        run(store.enlist(std::move(jobs)));
    }
    JobLedger read() { return result_of(store.read({"a", "b", "c"})); }
    JobState state(const std::string& name = "a") {
        for (JobState& each : read().jobs) {
            if (each.name == name) return each;
        }
        ADD_FAILURE() << "there is no job " << name;
        return {};
    }
    RunClaim due(const std::string& name = "a", const std::string& queue = "default") {
        RunClaim claim;
        claim.job = name;
        claim.queue = queue;
        claim.expected_due = claim.scheduled = noon;
        claim.due = noon + 10s;
        claim.next_run = noon + 11s;
        claim.key = "key of " + name;
        return claim;
    }
    std::optional<RunId> claim(RunClaim what) { return result_of(store.claim(std::move(what))); }
    std::string status(RunId id) { return db.text("select status from postrider.job_run where id = $1", id); }

    static constexpr TimePoint noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 12h;
    Database database{io.get_executor(), db.settings()};
    DaemonId one = enter(db, "elsewhere", 1);
    DaemonId two = enter(db, "elsewhere", 2);
    DaemonId me = one;
    std::unique_ptr<JobStore> made = make_pg_jobs(database, [this] { return me; });
    JobStore& store = *made;
    JobQueries queries{db.settings()};
};

TEST_F(PgJobsTest, WhatIsPlannedStaysUnlessTheScheduleChanges) {
    enlist("a");
    EXPECT_EQ(state().due, noon);
    EXPECT_EQ(state().next_run, noon + 1s);
    db.script("update postrider.job set due = due + interval '1 hour'");
    enlist("a");
    EXPECT_EQ(state().due, noon + 1h);
    enlist("a", "default", "every 20s");
    EXPECT_EQ(state().due, noon);
}

TEST_F(PgJobsTest, AClaimOpensARunAndMovesTheJobOn) {
    enlist("a");
    const auto run_id = claim(due());
    ASSERT_TRUE(run_id);
    EXPECT_EQ(state().due, noon + 10s);
    EXPECT_EQ(state().next_run, noon + 11s);
    ASSERT_THAT(read().open, SizeIs(1));
    EXPECT_EQ(read().open[0].job, "a");
    EXPECT_TRUE(read().open[0].ours);
    EXPECT_FALSE(claim(due())) << "it is not as expected any more";
    RunResult result;
    result.status = RunStatus::error;
    result.exit_code = 3;
    result.reason = "exit code 3";
    result.output = "said";
    EXPECT_TRUE(result_of(store.finish(*run_id, result)));
    EXPECT_FALSE(result_of(store.finish(*run_id, result))) << "it has ended";
    EXPECT_THAT(read().open, IsEmpty());
    EXPECT_EQ(state().last_status, "error");
    EXPECT_EQ(db.text("select output || exit_code || (runtime >= interval '0') from postrider.job_run"),
              "said3true");
}

TEST_F(PgJobsTest, NoJobAndNoQueueRunsTwiceAtOnce) {
    enlist("a");
    enlist("b");
    enlist("c", "other");
    ASSERT_TRUE(claim(due("a")));
    EXPECT_FALSE(claim(due("b"))) << "of the same queue";
    EXPECT_EQ(state("b").due, noon) << "nothing of a claim that fails stays";
    RunClaim again = due("a", "elsewhere");
    again.expected_due = noon + 10s;
    EXPECT_FALSE(claim(again)) << "the same job, in another queue meanwhile";
    EXPECT_TRUE(claim(due("c", "other")));
}

TEST_F(PgJobsTest, WhatIsLeftOutOpensNoRun) {
    enlist("a");
    RunClaim skipped = due();
    skipped.run = false;
    EXPECT_TRUE(claim(skipped));
    EXPECT_THAT(read().open, IsEmpty());
    EXPECT_EQ(state().due, noon + 10s);
}

TEST_F(PgJobsTest, AOneOffHasNoNextTime) {
    enlist("a");
    RunClaim last = due();
    last.due.reset();
    last.next_run.reset();
    EXPECT_TRUE(claim(last));
    EXPECT_EQ(state().due, std::nullopt);
    EXPECT_EQ(state().next_run, std::nullopt);
}

TEST_F(PgJobsTest, APausedJobRunsOnlyWhenAsked) {
    enlist("a");
    EXPECT_TRUE(queries.pause("a", "maintenance"));
    EXPECT_TRUE(state().paused);
    EXPECT_FALSE(claim(due()));
    RunClaim asked = due();
    asked.scheduled.reset();
    asked.due = asked.expected_due;
    EXPECT_FALSE(claim(asked)) << "nobody did";
    EXPECT_TRUE(queries.request("a"));
    EXPECT_TRUE(state().requested);
    EXPECT_TRUE(claim(asked));
    EXPECT_FALSE(state().requested);
    EXPECT_EQ(state().due, noon);
    EXPECT_TRUE(queries.resume("a"));
    EXPECT_FALSE(state().paused);
    EXPECT_FALSE(queries.pause("unknown", ""));
    EXPECT_FALSE(queries.request("unknown"));
}

TEST_F(PgJobsTest, TheDeadClaimNothingAndACopyStartsNothing) {
    enlist("a");
    db.script("update postrider.daemon set ended = now()");
    EXPECT_FALSE(claim(due()));
    db.script("update postrider.daemon set ended = null");
    db.script("insert into postrider.suspension (channel, cause) values ('', 'copy')");
    EXPECT_TRUE(read().is_copy);
    EXPECT_FALSE(claim(due()));
    db.script("delete from postrider.suspension");
    EXPECT_TRUE(claim(due()));
}

TEST_F(PgJobsTest, WhatADeadDaemonLeftOpenIsInterruptedAndItsJobWaits) {
    enlist("a");
    enlist("b", "other");
    const RunId lost = claim(due()).value();
    me = two;
    const RunId kept = claim(due("b", "other")).value();
    EXPECT_THAT(result_of(store.interrupt_lost()), IsEmpty());
    db.sql("update postrider.daemon set ended = now() where id = $1", one);
    const auto found = result_of(store.interrupt_lost());
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].id, lost);
    EXPECT_EQ(found[0].key, "key of a");
    EXPECT_FALSE(found[0].here);
    EXPECT_EQ(status(lost), "interrupted");
    EXPECT_EQ(status(kept), "ongoing");
    RunClaim next = due();
    next.expected_due = noon + 10s;
    EXPECT_FALSE(claim(next)) << "its daemon may live on, elsewhere, without the database";
    db.script("update postrider.job set not_before = now()");
    EXPECT_TRUE(claim(next));
}

TEST_F(PgJobsTest, ADaemonOfThisHostThatIsGoneHoldsNothingUp) {
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    me = enter(db, host, ::getpid());
    enlist("a");
    ASSERT_TRUE(claim(due()));
    db.sql("update postrider.daemon set ended = now() where id = $1", me);
    me = two;
    const auto found = result_of(store.interrupt_lost());
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_TRUE(found[0].here);
    EXPECT_EQ(state().not_before, std::nullopt);
}

TEST_F(PgJobsTest, RunsAreForgottenButOfEachJobTheLast) {
    enlist("a");
    db.script(
        "insert into postrider.job_run (job, queue, daemon_id, key, started, ended, status) select 'a', 'q', "
        "1, '', "
        "now() - d * interval '1 day', now() - d * interval '1 day', 'success' from unnest(array[90, 60, "
        "29]) d;"
        "insert into postrider.job_run (job, queue, daemon_id, key, started, ended, status) values ('b', "
        "'q', 1, '', "
        "now() - interval '1 year', now() - interval '1 year', 'success')");
    run(store.forget(24h * 30));
    EXPECT_EQ(db.number("select count(*) from postrider.job_run where job = 'a'"), 1);
    EXPECT_EQ(db.number("select count(*) from postrider.job_run where job = 'b'"), 1);
}

TEST_F(PgJobsTest, PeopleSeeJobsAndWhatRunsTake) {
    enlist("a");
    db.script(
        "insert into postrider.job_run (job, queue, daemon_id, key, started, ended, status, output) select "
        "'a', 'q', "
        "1, '', now() - interval '1 hour', now() - interval '1 hour' + s * interval '1 second', case s when "
        "4 then "
        "'error' else 'success' end, 'x' from unnest(array[2, 4]) s");
    const auto job = queries.show("a").value();
    EXPECT_EQ(job.at("state").as_string(), "waiting");
    EXPECT_EQ(job.at("mean_s").as_string(), "3.000");
    EXPECT_EQ(job.at("deviation_s").as_string(), "1.000");
    EXPECT_EQ(job.at("runs").as_string(), "2");
    EXPECT_EQ(job.at("failed").as_string(), "1");
    EXPECT_EQ(job.at("next_run").as_string(), "2026-01-31T12:00:01+00");
    EXPECT_THAT(queries.list(), SizeIs(1));
    const auto runs = queries.history("a", 10);
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[0].at("status").as_string(), "error");
    EXPECT_EQ(
        queries.show_run(std::stoll(std::string(runs[0].at("id").as_string())))->at("output").as_string(),
        "x");
    EXPECT_FALSE(queries.show("b"));
    EXPECT_FALSE(queries.show_run(999));
}

TEST_F(PgJobsTest, ARunOutOfTheOrdinaryIsTold) {
    enlist("a");
    const auto run_for = [this](const std::string& seconds, int times) {
        db.sql(
            "insert into postrider.job_run (job, queue, daemon_id, key, started, ended, status) select 'a', "
            "'q', 1, '', now() - interval '1 hour', now() - interval '1 hour' + $1::interval, 'success' from "
            "generate_series(1, $2)",
            seconds, times);
    };
    run_for("2 s", 5);
    EXPECT_TRUE(queries.show("a")->at("outlier").is_null()) << "too few to tell";
    run_for("2 s", 1);
    EXPECT_EQ(queries.show("a")->at("outlier_above_s").as_string(), "2.000");
    EXPECT_EQ(queries.show("a")->at("outlier").as_string(), "no");
    run_for("10 s", 1);
    EXPECT_EQ(queries.show("a")->at("outlier").as_string(), "yes");
    EXPECT_EQ(queries.list().at(0).at("outlier_above_s").as_string(), "8.741") << "mean and two deviations";
    db.script("insert into postrider.job_run (job, queue, daemon_id, key) values ('a', 'q', 1, '')");
    EXPECT_EQ(queries.show("a")->at("outlier").as_string(), "no") << "that of the run under way";
    EXPECT_EQ(queries.show("a")->at("state").as_string(), "running");
}

}  // namespace
}  // namespace postrider::testing
