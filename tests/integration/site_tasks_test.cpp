// The site's tables of tasks, as daemons leave them.
#include "lib/store/host_name.h"
#include "lib/store/pg_site_tasks.h"
#include "lib/store/site_task_rows.h"
#include "tests/integration/database_loop_test.h"
#include "tests/integration/django_site.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Answer = SiteTaskGrant::Answer;

/// Two daemons, as their lives stand in the ledger.
struct SiteTasksTest : DatabaseLoopTest, ::testing::WithParamInterface<DjangoIds> {
    SiteTasksTest() { add_site_tasks(db, GetParam()); }
    ~SiteTasksTest() override { stop(); }

    DaemonId enter(const std::string& host, int process) {
        return db.number(
            "insert into postrider.daemon (host, process, version) values ($1, $2, 'v') returning id", host,
            process);
    }
    void end(DaemonId daemon, const std::string& ago = "0 s") {
        db.sql("update postrider.daemon set ended = clock_timestamp() - $2::interval where id = $1", daemon,
               ago);
    }
    long long add(const std::string& command, const std::string& queue = "default",
                  const std::string& next_run = "now() - interval '1 minute'") {
        return db.number(
            "insert into quicksilver_task (command, arguments, queue, repeat_interval, next_run) values ($1, "
            "'--no-color', $2, 10, " +
                next_run + ") returning id",
            command, queue);
    }
    SiteTaskLedger read() { return result_of(store.read({"default", "data-export"}, false)); }
    SiteTask task(const std::string& command) {
        for (const WaitingTask& each : read().tasks) {
            if (each.task.command == command) return each.task;
        }
        ADD_FAILURE() << "there is no task " << command;
        return {};
    }
    SiteTaskGrant claim(const SiteTask& task, std::vector<std::string> locks = {}) {
        SiteTaskClaim claim{task, "key of " + task.command, std::move(locks)};
        return result_of(store.claim(std::move(claim)));
    }
    bool finish(ExecutionId id, SiteTaskEnd end, bool cleared = true) {
        return result_of(store.finish(id, std::move(end), cleared));
    }
    static SiteTaskEnd success(const std::string& output) {
        RunResult result;
        result.status = RunStatus::success;
        result.output = output;
        return end_of({}, result);
    }
    std::string execution(ExecutionId id, const std::string& what) {
        return db.text("select " + what + " from quicksilver_execution where id = $1", id);
    }
    std::string task_row(long long id, const std::string& what) {
        return db.text("select " + what + " from quicksilver_task where id = $1", id);
    }

    Database database{io.get_executor(), db.settings()};
    DaemonId one = enter("elsewhere", 1);
    DaemonId two = enter("elsewhere", 2);
    DaemonId me = one;
    std::unique_ptr<SiteTaskStore> made = make_pg_site_tasks(database, [this] { return me; });
    SiteTaskStore& store = *made;
};

TEST_P(SiteTasksTest, ThoseOfItsQueuesThatRunAreReadButForTheSendTask) {
    add("nudge");
    add("never", "default", "null");
    add("export", "data-export", "'infinity'");
    add("foreign", "another");
    const long long sending = add(send_task);
    std::vector<std::string> commands;
    for (const WaitingTask& each : read().tasks) commands.push_back(each.task.command);
    EXPECT_THAT(commands, ElementsAre("nudge", "export"));
    EXPECT_EQ(task("nudge").arguments, "--no-color");
    EXPECT_EQ(task("nudge").repeat_interval, 10);
    const auto all = result_of(store.read({"default"}, true));
    ASSERT_THAT(all.tasks, SizeIs(2));
    EXPECT_EQ(all.tasks[1].task.id, sending);
}

TEST_P(SiteTasksTest, ARunThatEndsWellIsWrittenAsThePackageDoes) {
    const long long id = add("nudge");
    const SiteTaskGrant grant = claim(task("nudge"));
    ASSERT_EQ(grant.answer, Answer::granted);
    EXPECT_EQ(execution(grant.execution,
                        "task_id || status || (started <= clock_timestamp()) || (ended is null) || "
                        "(output is null) || (total_runtime is null)"),
              std::to_string(id) + "ongoingtruetruetruetrue");
    EXPECT_TRUE(finish(grant.execution, success("did\n_qs_next_run: 2026-11-27T03:00:00.5+00:00")));
    EXPECT_EQ(execution(grant.execution,
                        "status || ': ' || output || (ended >= started) || "
                        "(abs(total_runtime - extract(epoch from ended - started)) < 0.000001)"),
              "success: did\n_qs_next_run: 2026-11-27T03:00:00.5+00:00truetrue");
    EXPECT_EQ(task_row(id, "extract(epoch from next_run)::numeric(20, 1)"), "1795748400.5");
    EXPECT_EQ(task_row(id,
                       "command || arguments || queue || repeat_interval || (max_duration is null) || "
                       "(postpone_alert_until is null)"),
              "nudge--no-colordefault10truetrue");
    EXPECT_EQ(db.number("select count(*) from postrider.site_run"), 0);
    EXPECT_FALSE(finish(grant.execution, success("again"))) << "it has ended";
}

TEST_P(SiteTasksTest, OneThatFailsIsDueAfterItsInterval) {
    const long long id = add("nudge");
    const SiteTaskGrant grant = claim(task("nudge"));
    RunResult failed;
    failed.errors = "Traceback";
    failed.exit_code = 1;
    EXPECT_TRUE(finish(grant.execution, end_of(grant.task, failed)));
    EXPECT_EQ(execution(grant.execution, "status || ': ' || output"),
              "error: Task exception nudge[default] --no-color:\n\nTraceback");
    EXPECT_EQ(
        task_row(id,
                 "next_run between clock_timestamp() + interval '8 s' and clock_timestamp() + interval '10 "
                 "s'"),
        "t");
}

TEST_P(SiteTasksTest, OneThatSaysNothingIsDueAtOnceAndRestsForALittle) {
    const long long id = add("silent");
    const std::string next_run = task_row(id, "next_run");
    const SiteTaskGrant grant = claim(task("silent"));
    EXPECT_TRUE(finish(grant.execution, success("")));
    EXPECT_EQ(execution(grant.execution, "status || ': ' || output"), "success: ");
    EXPECT_EQ(task_row(id, "next_run"), next_run);
    ASSERT_THAT(read().tasks, SizeIs(1));
    EXPECT_GT(read().tasks[0].not_before, db.now());
    EXPECT_EQ(claim(task("silent")).answer, Answer::refused);
    db.script("update postrider.site_task_pause set not_before = now() - interval '1 second'");
    EXPECT_EQ(claim(task("silent")).answer, Answer::granted);
}

TEST_P(SiteTasksTest, NoTaskAndNoQueueRunsTwiceAtOnce) {
    add("nudge");
    add("other");
    add("export", "data-export");
    ASSERT_EQ(claim(task("nudge")).answer, Answer::granted);
    me = two;
    EXPECT_EQ(claim(task("nudge")).answer, Answer::refused);
    EXPECT_EQ(claim(task("other")).answer, Answer::refused) << "of the same queue";
    EXPECT_EQ(claim(task("export")).answer, Answer::granted);
    EXPECT_THAT(read().open, SizeIs(2));
    EXPECT_FALSE(read().open[0].ours);
    EXPECT_TRUE(read().open[1].ours);
    EXPECT_EQ(db.number("select count(*) from quicksilver_execution"), 2)
        << "nothing of a refused claim stays";
}

TEST_P(SiteTasksTest, OnlyWhatIsDueAndAsItWasReadIsRunByADaemonThatLives) {
    const long long id = add("nudge");
    const SiteTask read = task("nudge");
    const auto refused_after = [&](const std::string& change) {
        db.script(change);
        return claim(read).answer == Answer::refused;
    };
    EXPECT_TRUE(refused_after("update quicksilver_task set next_run = now() + interval '1 hour'"));
    EXPECT_TRUE(refused_after("update quicksilver_task set next_run = null"));
    EXPECT_TRUE(refused_after("update quicksilver_task set next_run = now(), command = 'x'"));
    EXPECT_TRUE(refused_after("update quicksilver_task set command = 'nudge', arguments = null"));
    EXPECT_TRUE(refused_after("update quicksilver_task set arguments = '--no-color', queue = 'data-export'"));
    EXPECT_TRUE(
        refused_after("update quicksilver_task set queue = 'default';"
                      "insert into postrider.suspension (channel, cause) values ('', 'copy')"));
    EXPECT_TRUE(refused_after("delete from postrider.suspension; update postrider.daemon set ended = now()"));
    db.script("update postrider.daemon set ended = null; update quicksilver_task set max_duration = 3");
    const SiteTaskGrant grant = claim(read);
    EXPECT_EQ(grant.answer, Answer::granted);
    EXPECT_EQ(grant.task.max_duration, 3) << "as it is now";
    EXPECT_EQ(grant.task.id, id);
}

TEST_P(SiteTasksTest, WhatTheSitesOwnRunnerHasIsNotStarted) {
    const long long id = add("nudge");
    db.sql(
        "insert into quicksilver_execution (task_id, started, status) values ($1, '2026-01-31 12:00Z', "
        "'ongoing')",
        id);
    const SiteTaskGrant grant = claim(task("nudge"));
    EXPECT_EQ(grant.answer, Answer::elsewhere);
    EXPECT_EQ(grant.since, TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 12h));
    EXPECT_TRUE(result_of(store.runs_elsewhere(id)));
    db.script("update quicksilver_execution set status = 'success', ended = now()");
    EXPECT_EQ(claim(task("nudge")).answer, Answer::granted);
    EXPECT_FALSE(result_of(store.runs_elsewhere(id))) << "it is ours";
}

TEST_P(SiteTasksTest, WhatTheSiteHasSetMeanwhileStaysAndWhatItHasDeletedIsGone) {
    const long long id = add("nudge");
    SiteTaskGrant grant = claim(task("nudge"));
    db.script("update quicksilver_task set next_run = null");
    EXPECT_TRUE(finish(grant.execution, success("_qs_next_run: 2026-11-27T03:00:00+00:00")));
    EXPECT_EQ(task_row(id, "next_run is null"), "t");
    db.script("update quicksilver_task set next_run = now()");
    grant = claim(task("nudge"));
    db.script("begin; delete from quicksilver_execution; delete from quicksilver_task; commit");
    EXPECT_TRUE(finish(grant.execution, success("x")));
    EXPECT_EQ(db.number("select count(*) from postrider.site_run"), 0);
}

TEST_P(SiteTasksTest, WhatTheSitesRunnerTookForStaleIsWrittenAllTheSame) {
    add("nudge");
    const SiteTaskGrant grant = claim(task("nudge"));
    db.script("update quicksilver_execution set status = 'killed', ended = now()");
    EXPECT_EQ(claim(task("nudge")).answer, Answer::refused) << "it runs still";
    EXPECT_TRUE(finish(grant.execution, success("x")));
    EXPECT_EQ(execution(grant.execution, "status"), "success");
}

TEST_P(SiteTasksTest, WhatADeadDaemonOfThisHostHadIsGivenUpOnce) {
    add("nudge");
    me = enter(host_name(), ::getpid());  // its number is ours by now
    const SiteTaskGrant grant = claim(task("nudge"), {"a lock", "another"});
    EXPECT_THAT(result_of(store.left()), IsEmpty()) << "it lives";
    end(me);
    const auto left = result_of(store.left());
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].id, grant.execution);
    EXPECT_EQ(left[0].command, "nudge");
    EXPECT_EQ(left[0].key, "key of nudge");
    EXPECT_THAT(left[0].locks, ElementsAre("a lock", "another"));
    EXPECT_TRUE(left[0].here);
    EXPECT_FALSE(left[0].ended);
    EXPECT_TRUE(result_of(store.give_up(grant.execution)));
    EXPECT_FALSE(result_of(store.give_up(grant.execution)));
    EXPECT_EQ(execution(grant.execution,
                        "status || (ended >= started) || (total_runtime >= 0) || (output is null)"),
              "killedtruetruetrue");
    ASSERT_THAT(result_of(store.left()), SizeIs(1)) << "its locks are still to be removed";
    EXPECT_TRUE(result_of(store.left())[0].ended);
    run(store.forget(grant.execution));
    EXPECT_THAT(result_of(store.left()), IsEmpty());
    me = one;
    EXPECT_EQ(claim(task("nudge")).answer, Answer::granted) << "it is due still";
}

TEST_P(SiteTasksTest, OfADaemonOfAnotherHostOnlyWhenItHasEndedItsRunsByItself) {
    add("nudge");
    const SiteTaskGrant grant = claim(task("nudge"));
    end(one, "70 s");
    EXPECT_THAT(result_of(store.left()), IsEmpty());
    me = two;
    EXPECT_EQ(claim(task("nudge")).answer, Answer::refused);
    end(one, "80 s");
    ASSERT_THAT(result_of(store.left()), SizeIs(1));
    EXPECT_FALSE(result_of(store.left())[0].here);
    EXPECT_TRUE(result_of(store.give_up(grant.execution)));
    EXPECT_THAT(result_of(store.left()), IsEmpty()) << "its locks are that host's";
    EXPECT_EQ(db.number("select count(*) from postrider.site_run"), 1) << "which will find them";
}

TEST_P(SiteTasksTest, WhatIsKnownOfTheirExecutionsIsRead) {
    const long long id = add("nudge");
    EXPECT_EQ(result_of(store.view(false)).at(0).executions, 0);
    db.sql(
        "insert into quicksilver_execution (task_id, started, ended, status) select $1, now() - "
        "make_interval(secs => "
        "100 - n), now() - make_interval(secs => 100 - n) + make_interval(secs => n), case n when 5 then "
        "'error' else "
        "'success' end from generate_series(1, 5) n",
        id);
    db.sql(
        "insert into quicksilver_execution (task_id, started, status) values ($1, '2026-01-31 12:00Z', "
        "'ongoing')",
        id);
    add(send_task);
    const auto views = result_of(store.view(false));
    ASSERT_THAT(views, SizeIs(1));
    EXPECT_EQ(views[0].executions, 6);
    EXPECT_EQ(views[0].times.count, 5);
    EXPECT_NEAR(views[0].times.mean, 3, 1e-9);
    EXPECT_NEAR(views[0].times.deviation, std::sqrt(2), 1e-9) << "of the population";
    EXPECT_TRUE(views[0].ongoing);
    EXPECT_EQ(views[0].open_since, TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 12h));
    EXPECT_EQ(views[0].last_status, "error");
    EXPECT_THAT(result_of(store.view(true)), SizeIs(2));
}

TEST_P(SiteTasksTest, TheSitesMonitoringIsToldOfTheSendTask) {
    const auto seen = [this] {
        return db.text(
            "select coalesce(string_agg(event_name || ' ' || coalesce(last_seen > now() - interval '1 "
            "minute', false) || ' ' || warning_minutes || ' ' || error_minutes, ', ' order by "
            "event_name), '') from nagios_monitor_scheduledevent");
    };
    EXPECT_EQ(result_of(store.note_sending("")), "");
    EXPECT_EQ(seen(), "") << "nobody knows the site's name";
    db.sql(
        "insert into nagios_monitor_scheduledevent (event_name, last_seen, warning_minutes, error_minutes) "
        "values "
        "('other_' || $1, null, 1, 2), ('other_nudge', null, 1, 2)",
        send_task);
    EXPECT_EQ(result_of(store.note_sending("app")), "");
    EXPECT_EQ(seen(),
              "app_simple_messaging_send_pending_messages true 5 15, other_nudge false 1 2, "
              "other_simple_messaging_send_pending_messages false 1 2");
    EXPECT_EQ(result_of(store.note_sending("app")), "");
    EXPECT_EQ(result_of(store.note_sending("")), "");
    EXPECT_EQ(seen(),
              "app_simple_messaging_send_pending_messages true 5 15, other_nudge false 1 2, "
              "other_simple_messaging_send_pending_messages true 1 2");
    db.script("revoke update (last_seen) on nagios_monitor_scheduledevent from postrider_daemon");
    EXPECT_THAT(result_of(store.note_sending("")),
                HasSubstr("run `postrider migrate --grant postrider_daemon`"));
}

TEST_P(SiteTasksTest, WhatIsMissingIsSaid) {
    add("nudge");
    EXPECT_EQ(read().obstacle, "");
    db.script("revoke insert on quicksilver_execution from postrider_daemon");
    EXPECT_EQ(read().obstacle,
              "role postrider_daemon lacks insert on quicksilver_execution: run `postrider migrate --grant "
              "postrider_daemon`");
    db.script("drop table quicksilver_execution");
    EXPECT_EQ(read().obstacle,
              "quicksilver is configured, and this database has no table quicksilver_execution");
    auto look = [](pqxx::connection& connection) { return read_site_tasks(connection, true); };
    EXPECT_THAT(result_of(database.run(look)), IsEmpty());
}

TEST_P(SiteTasksTest, OfOlderSitesThatKeepNoRuntimeTheRestIsWritten) {
    db.script("alter table quicksilver_execution drop column total_runtime");
    add("nudge");
    const SiteTaskGrant grant = claim(task("nudge"));
    EXPECT_TRUE(finish(grant.execution, success("x")));
    EXPECT_EQ(execution(grant.execution, "status"), "success");
}

INSTANTIATE_TEST_SUITE_P(Django, SiteTasksTest, ::testing::Values(serial_ids, big_ids),
                         [](const auto& ids) { return ids.param.name; });

}  // namespace
}  // namespace postrider::testing
