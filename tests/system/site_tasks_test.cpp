// A site's own tasks, run by real daemons from its rows, with a manage.py that keeps to what the site's runner knows.
#include "tests/system/site_tasks_test.h"

#include "lib/quicksilver/site_task.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <signal.h>

#include <algorithm>
#include <fstream>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(SiteTasksSystemTest, TheRowsAfterwardsAreWhatTheSitesRunnerWouldHaveWritten) {
    add("nudge");
    add("broken");
    add("silent");
    add("slow", "1");
    add("brief", "null", "data-export", 0);
    add("other_brief", "null", "foreign");
    add("simple_messaging_send_pending_messages");
    DaemonProcess daemon(with_tasks("  queues: [default, data-export]\n"));
    for (const char* command : {"nudge", "broken", "silent", "slow", "brief"})
        ASSERT_TRUE(ends(command)) << command << daemon.log();
    const std::string times =
        "' ' || (e.ended >= e.started) || (abs(e.total_runtime - extract(epoch from e.ended - "
        "e.started)) < 0.000001)";
    EXPECT_THAT(first("nudge", "e.status || ': ' || e.output"),
                ::testing::StartsWith("success: nudged 3\n_qs_next_run: "));
    EXPECT_EQ(first("nudge", times), " truetrue");
    EXPECT_EQ(first("nudge",
                    "t.next_run = substring(e.output from '_qs_next_run: (.*)')::timestamptz and t.next_run "
                    "between e.started + interval '1 hour' and e.ended + interval '1 hour'"),
              "t");
    EXPECT_EQ(noted("nudge  every 3600"), 1);
    EXPECT_THAT(
        first("broken", "e.status || ': ' || e.output"),
        AllOf(::testing::StartsWith("error: Task exception broken[default] --no-color:\n\nbefore it broke\n"
                                    "Traceback"),
              HasSubstr("ValueError: it is broken"), Not(HasSubstr("_qs_next_run"))));
    EXPECT_EQ(
        first("broken", "t.next_run between e.ended + interval '3599 s' and e.ended + interval '3601 s'"),
        "t");
    EXPECT_EQ(first("silent", "e.status || ': ' || e.output || (t.next_run < e.started)"), "success: true");
    EXPECT_EQ(first("slow", "e.status || ': ' || e.output"),
              "error: Task exception slow[default] --no-color:\n\nbegun\nnot done after 1 s: ended");
    EXPECT_EQ(first("slow", times), " truetrue");
    EXPECT_FALSE(locked("slow")) << "it was killed with it";
    EXPECT_TRUE(none_left());
    // Without an interval: five seconds, as the package says.
    EXPECT_EQ(first("brief", "t.next_run > e.ended + interval '4 s'"), "t");
    EXPECT_TRUE(ends("silent", 2)) << "it is due at once, after a rest";
    EXPECT_EQ(site.number(
                  "select count(*) from quicksilver_execution e join quicksilver_task t on t.id = e.task_id "
                  "where t.queue = 'foreign' or t.command like 'simple_messaging%'"),
              0);
    EXPECT_EQ(noted("sends"), 0);
    site.execute("update quicksilver_task set next_run = now() where command = 'slow'");
    EXPECT_TRUE(comes_to_note("slow begins", 2)) << "the next run really works";
    EXPECT_TRUE(daemon.wait_for_status("last run failed: broken[default] (error)")) << daemon.status().body;
}

TEST_F(SiteTasksSystemTest, KilledWithItsDaemonATaskLeavesNoLockAndTheNextRunReallyWorks) {
    add("slow");
    const std::string tasks = with_tasks();
    {
        DaemonProcess daemon(tasks);
        ASSERT_TRUE(comes_to_note("slow begins", 1)) << daemon.log();
        ASSERT_TRUE(locked("slow"));
        daemon.kill();
        EXPECT_TRUE(none_left());
        EXPECT_EQ(first("slow", "e.status"), "ongoing");
        EXPECT_TRUE(locked("slow"));
    }
    DaemonProcess next(tasks);
    ASSERT_TRUE(comes_to_note("slow begins", 2)) << next.log();
    EXPECT_EQ(first("slow", "e.status || (e.ended is not null) || (e.output is null)"), "killedtruetrue");
    EXPECT_EQ(site.value("select string_agg(status, ' ' order by id) from quicksilver_execution"),
              "killed ongoing");
    EXPECT_EQ(next.stop(), 0);
    EXPECT_TRUE(none_left());
    EXPECT_FALSE(locked("slow"));
    EXPECT_EQ(site.value("select string_agg(status, ' ' order by id) from quicksilver_execution"),
              "killed killed");
    EXPECT_EQ(site.number("select count(*) from postrider.site_run"), 0);
}

TEST_F(SiteTasksSystemTest, ALockOfSomebodyElseIsLeftAloneAndNamed) {
    add("brief", "null", "default", 1);
    std::ofstream(lock("brief")) << "somebody";
    DaemonProcess daemon(with_tasks());
    ASSERT_TRUE(ends("brief")) << daemon.log();
    EXPECT_EQ(first("brief", "e.status || ': ' || e.output"), "success: ") << "as the site's runner has it";
    EXPECT_EQ(noted("brief begins"), 0);
    EXPECT_TRUE(locked("brief"));
    EXPECT_TRUE(daemon.wait_for_status("their lock file is somebody else's: brief")) << daemon.status().body;
    std::filesystem::remove(lock("brief"));
    EXPECT_TRUE(comes_to_note("brief ends", 1));
}

TEST_F(SiteTasksSystemTest, BesideTheSitesOwnRunnerWhatItHasIsLeftAlone) {
    add("nudge");
    site.execute(
        "insert into quicksilver_execution (task_id, started, status) select id, '2026-01-31 12:00Z', "
        "'ongoing' from quicksilver_task");
    add("brief");
    DaemonProcess daemon(with_tasks());
    ASSERT_TRUE(ends("brief")) << daemon.log();
    EXPECT_TRUE(
        daemon.wait_for_status("left alone, since the site's own runner has them: nudge[default] since "
                               "2026-01-31T12:00:00"))
        << daemon.status().body;
    EXPECT_THAT(contents(journal_file()), Not(HasSubstr("nudge")));
    site.execute(
        "update quicksilver_execution set status = 'killed', ended = now() where status = 'ongoing'");
    EXPECT_TRUE(comes_to_note("nudge  every 3600", 1)) << daemon.log();
}

TEST_F(SiteTasksSystemTest, TwoDaemonsRunNoTaskTwiceAndOfAQueueOneAtATime) {
    for (const char* command : {"brief", "other_brief", "nudge"}) add(command, "null", "default", 1);
    DaemonProcess one(with_tasks());
    DaemonProcess two(with_tasks());
    ASSERT_TRUE(
        site.wait_for("select count(*) filter (where status = 'success') >= 12 from quicksilver_execution"))
        << one.log() << two.log();
    EXPECT_EQ(site.number(
                  "select count(*) from quicksilver_execution a join quicksilver_execution b on a.id < b.id "
                  "and a.ended > b.started"),
              0);
    EXPECT_EQ(
        site.number("select count(*) from quicksilver_execution where status not in ('success', 'ongoing')"),
        0);
    EXPECT_EQ(site.number("select count(*) from quicksilver_execution where output = ''"), 0)
        << "none met the lock of another";
}

TEST_F(SiteTasksSystemTest, WhereAValueIsWantedBehindTheFlagItIsGiven) {
    add("nudge");
    DaemonProcess daemon(with_tasks("", ", STAND_IN_WANTS_VALUE: 1"));
    ASSERT_TRUE(ends("nudge")) << daemon.log();
    EXPECT_THAT(first("nudge", "e.status || ': ' || e.output"), ::testing::StartsWith("success: nudged 3\n"));
    EXPECT_EQ(site.number("select count(*) from quicksilver_execution"), 1);
}

TEST_F(SiteTasksSystemTest, ThePagesAndTheListTellOfThem) {
    add("slow");
    add("nudge", "null", "data-export");
    site.execute(
        "insert into nagios_monitor_scheduledevent (event_name, last_seen, warning_minutes, error_minutes) "
        "values ('app-example-org_simple_messaging_send_pending_messages', now() - interval '1 hour', 5, "
        "15), "
        "('app-example-org_backup', now() - interval '1 hour', 5, 15)");
    site.execute(
        "insert into quicksilver_execution (task_id, started, ended, status) select t.id, now() - interval "
        "'2 "
        "days', now() - interval '2 days' + interval '1 second', 'success' from quicksilver_task t, "
        "generate_series(1, 6) where t.command = 'nudge'");
    DaemonProcess daemon(with_tasks("  site: https://app.example.org/\n"));
    ASSERT_TRUE(comes_to_note("slow begins", 1)) << daemon.log();
    const HttpPage page = http_get(daemon.url() + "/quicksilver/status");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "application/json");
    const auto body = boost::json::parse(page.body);
    EXPECT_EQ(body.at("status").as_string(), "error");
    ASSERT_EQ(body.at("issues").as_array().size(), 2u) << page.body;
    const auto& issues = body.at("issues").as_array();
    EXPECT_EQ(boost::json::serialize(issues[0]),
              R"({"task":"slow[default] --no-color","issue":"Only 1 runs recorded."})");
    EXPECT_EQ(issues[1].at("task").as_string(), "nudge[data-export] --no-color");
    EXPECT_EQ(issues[1].at("outlier_threshold").to_number<double>(), 7201);
    EXPECT_GT(issues[1].at("overdue").to_number<double>(), 170000);
    EXPECT_TRUE(eventually([&] {
        return http_get(daemon.url() + "/nagios/background-jobs.json").body ==
               "{\"errors\":[\"app-example-org_backup\"],\"warnings\":[]}\n";
    })) << "what Postrider does in place of the send task is seen";
    const Ran list = postrider_with(daemon.config_file(), {"jobs", "list"});
    EXPECT_THAT(list.out, AllOf(HasSubstr("slow"), HasSubstr("the site's, every 3600s"), HasSubstr("running"),
                                HasSubstr("data-export")));
    EXPECT_THAT(postrider_with(daemon.config_file(), {"jobs", "--json"}).out,
                HasSubstr("\"last_status\":\"success\""));
}

TEST_F(SiteTasksSystemTest, ATaskThatSaysNothingElseIsEndedAtMaxDuration) {
    add("slow");
    DaemonProcess daemon(with_tasks("  max_duration: 1s\n"));
    ASSERT_TRUE(ends("slow")) << daemon.log();
    EXPECT_THAT(first("slow", "e.output"), HasSubstr("not done after 1 s: ended"));
}

TEST_F(SiteTasksSystemTest, TheSendTaskRunsWhereItIsToldSo) {
    add(send_task);
    DaemonProcess daemon(with_tasks("  run_send_task: true\n"));
    ASSERT_TRUE(ends(send_task)) << daemon.log();
    EXPECT_EQ(noted("sends"), 1);
}

TEST_F(SiteTasksSystemTest, LocksAreLookedForInTheLockFolder) {
    add("slow", "1");
    std::string text = with_tasks("  lock_folder: " + folder.path().string() + "\n");
    // Python passes over a TMPDIR that is not there.
    text.replace(text.find("TMPDIR: "), 8, "TMPDIR: /nowhere, TEMP: ");
    DaemonProcess daemon(text);
    ASSERT_TRUE(ends("slow")) << daemon.log();
    site.execute("update quicksilver_task set next_run = now()");
    EXPECT_TRUE(comes_to_note("slow begins", 2)) << "the lock that it has left was found";
}

TEST_F(SiteTasksSystemTest, UninstallingTakesTheDaemonsRightsOnThemBack) {
    const std::string rights = fmt::format(
        "select count(*) from (select c.relname, g.grantee from pg_class c, aclexplode(c.relacl) g union all "
        "select c.relname, g.grantee from pg_class c join pg_attribute a on a.attrelid = c.oid, "
        "aclexplode(a.attacl) g) held join pg_roles r on r.oid = held.grantee where r.rolname = '{}' and "
        "(relname like 'quicksilver%' or relname like 'nagios%')",
        daemon_role);
    EXPECT_GE(site.number(rights), 9);
    const Ran ran = postrider_command({"migrate", "--uninstall", "--database", site.url(owner_role)});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(site.number(rights), 0);
}

TEST_F(SiteTasksSystemTest, WithoutItsTablesTheStatusSaysSoAndTheRestGoesOn) {
    site.execute("drop table quicksilver_execution, quicksilver_task");
    DaemonProcess daemon(with_tasks());
    EXPECT_TRUE(daemon.wait_for_status("this database has no table quicksilver_task"))
        << daemon.status().body;
    EXPECT_EQ(http_get(daemon.url() + "/quicksilver/status").body, "{\"issues\":[],\"status\":\"ok\"}\n");
    const auto id = site.insert();
    EXPECT_TRUE(site.wait_for_end(id));
}

}  // namespace
}  // namespace postrider::testing
