// Recurring jobs of real daemons: whatever a command does, it is recorded truthfully, and nothing is left of it.
#include "lib/process/process_tree.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <signal.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class JobsTest : public SystemTest {
protected:
    /// Commands of this test's jobs, by a variable of their environment.
    std::vector<pid_t> processes() const { return processes_with("JOBS_TEST=" + site.database()); }
    bool none_left() {
        return eventually([this] { return processes().empty(); });
    }

    /// A job that is a shell script; `more` are further keys.
    std::string script(const std::string& name, const std::string& text, const std::string& more) const {
        return fmt::format(
            "  - name: {}\n    command:\n      - sh\n      - -c\n      - |\n        {}\n"
            "    environment: {{ JOBS_TEST: {} }}\n    {}\n",
            name, text, site.database(), more);
    }
    std::string with_jobs(const std::string& jobs) { return config("", "jobs:\n" + jobs); }

    bool ends(const std::string& job, int times = 1) {
        return site.wait_for(fmt::format(
            "select count(*) >= {} from postrider.job_run where job = '{}' and status <> 'ongoing'", times,
            job));
    }
    std::string last(const std::string& job, const std::string& what = "status || ': ' || reason") {
        return site.value(
            fmt::format("select {} from postrider.job_run where job = '{}' and status <> 'ongoing' order by "
                        "id desc limit 1",
                        what, job));
    }
};

TEST_F(JobsTest, WhateverACommandDoesIsRecordedNothingIsLeftAndTheQueueGoesOn) {
    const std::string each = "every: 1h\n    kill_after: 200ms";
    DaemonProcess daemon(with_jobs(
        script("stubborn",
               "trap '' TERM; setsid sh -c 'trap \"\" TERM; setsid sleep 1000 & sleep 1000 & wait' & "
               "echo began; while :; do sleep 0.1; done",
               each + "\n    timeout: 500ms") +
        script("loud", "echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last", each) +
        script("binary", "printf 'a\\377b\\0c'", each) + script("crash", "kill -SEGV $$", each) +
        script("failing", "echo why; exit 3", each) +
        "  - { name: missing, command: no-such-program-here, every: 1h }\n" +
        script("leaving", "setsid sleep 1000 & echo left", each) + script("zzz", "echo fine", each)));
    ASSERT_TRUE(ends("zzz")) << daemon.log();
    EXPECT_EQ(last("stubborn"), "killed: not done after 0.5 s: ended");
    EXPECT_EQ(last("stubborn", "output || signal"), "began\nSIGKILL");
    EXPECT_EQ(last("loud"), "success: ");
    EXPECT_EQ(last("loud",
                   "output like E'first\\nxxx%bytes are left out here%xxx\\nlast\\n' and length(output) < "
                   "70000"),
              "t");
    EXPECT_EQ(last("binary", "status || output"), "successa\uFFFDb\uFFFDc");
    EXPECT_EQ(last("crash"), "error: ended by SIGSEGV");
    EXPECT_EQ(last("failing", "status || reason || exit_code || output"), "errorexit code 33why\n");
    EXPECT_EQ(last("missing"), "error: cannot start no-such-program-here: No such file or directory");
    EXPECT_EQ(last("leaving", "status || output"), "successleft\n");
    EXPECT_EQ(last("zzz", "status || output"), "successfine\n");
    EXPECT_TRUE(none_left());
    EXPECT_EQ(
        site.number(
            "select count(*) from postrider.job_run a join postrider.job_run b on a.queue = b.queue and "
            "a.id < b.id and a.ended > b.started"),
        0)
        << "one at a time";
    EXPECT_TRUE(
        daemon.wait_for_status("last run failed: crash (error), failing (error), missing (error), stubborn "
                               "(killed) (`postrider jobs history NAME` says why)"))
        << daemon.status().body;
}

TEST_F(JobsTest, KilledWithItsDaemonARunIsInterruptedAndTheNextDaemonGoesOn) {
    const std::string jobs = with_jobs(script(
        "long", "setsid sh -c 'trap \"\" TERM; sleep 1000 & wait' & echo began; sleep 1000", "every: 3s"));
    {
        DaemonProcess daemon(jobs);
        ASSERT_TRUE(eventually([this] { return processes().size() >= 4; })) << daemon.log();
        daemon.kill();
        EXPECT_TRUE(none_left());
        EXPECT_EQ(site.value("select status from postrider.job_run"), "ongoing");
    }
    DaemonProcess next(jobs);
    ASSERT_TRUE(ends("long")) << next.log();
    EXPECT_EQ(last("long"), "interrupted: its daemon died, or lost the database");
    EXPECT_TRUE(site.wait_for("select count(*) = 2 from postrider.job_run")) << next.log();
    EXPECT_EQ(site.value("select status from postrider.job_run order by id desc limit 1"), "ongoing");
    EXPECT_EQ(next.stop(), 0);
    EXPECT_EQ(last("long"), "interrupted: the daemon stopped");
    EXPECT_TRUE(none_left());
}

TEST_F(JobsTest, WhatOutlivesDaemonAndSupervisorIsEndedByTheNextDaemon) {
    const std::string jobs = with_jobs(script("long", "setsid sleep 1000 & sleep 1000", "every: 1h"));
    {
        DaemonProcess daemon(jobs);
        ASSERT_TRUE(eventually([this] { return processes().size() == 4; })) << daemon.log();
        pid_t supervisor = 0;
        for (const pid_t id : processes()) {
            if (contents(fmt::format("/proc/{}/comm", id)) == "job-supervisor\n") supervisor = id;
        }
        ASSERT_GT(supervisor, 0);
        ::kill(supervisor, SIGSTOP);
        daemon.kill();
        ::kill(supervisor, SIGKILL);
        ASSERT_TRUE(eventually([this] { return processes().size() < 4; }));
    }
    DaemonProcess next(with_jobs(script("other", "true", "every: 1h")));
    EXPECT_TRUE(ends("long")) << next.log();
    EXPECT_TRUE(none_left());
}

TEST_F(JobsTest, OfAFrozenDaemonNothingRunsOn) {
    DaemonProcess daemon(with_jobs(script("long", "trap '' TERM; sleep 1000", "every: 1h")));
    ASSERT_TRUE(eventually([this] { return processes().size() >= 2; })) << daemon.log();
    daemon.signal(SIGSTOP);
    EXPECT_TRUE(none_left());
    daemon.signal(SIGCONT);
    EXPECT_TRUE(ends("long"));
}

TEST_F(JobsTest, TwoDaemonsRunEachJobOnce) {
    std::string jobs;
    for (int i = 0; i < 6; ++i) {
        jobs += script(fmt::format("job-{}", i), "sleep 0.02",
                       fmt::format("every: 1s\n    misfire: catch_up\n    queue: q{}", i % 3));
    }
    DaemonProcess one(with_jobs(jobs));
    DaemonProcess two(with_jobs(jobs));
    ASSERT_TRUE(
        site.wait_for("select count(distinct daemon_id) = 2 and count(*) > 40 from postrider.job_run"))
        << one.log() << two.log();
    EXPECT_EQ(
        site.number(
            "select count(*) from postrider.job_run a join postrider.job_run b on (a.queue = b.queue or "
            "a.job = b.job) and a.id < b.id and a.ended > b.started"),
        0);
    EXPECT_EQ(
        site.number("select count(*) from (select scheduled - lag(scheduled) over (partition by job order by "
                    "scheduled) as step from postrider.job_run) s where step <> interval '1 second'"),
        0)
        << "none left out, none twice";
    EXPECT_EQ(
        site.number("select count(*) from postrider.job_run where status not in ('success', 'ongoing')"), 0);
}

TEST_F(JobsTest, SqlAndRequestsAreJobsToo) {
    DaemonProcess served(config());
    ASSERT_TRUE(served.wait_until_listening());
    DaemonProcess daemon(with_jobs(
        fmt::format("  - {{ name: answer, sql: \"select 6 * 7, 'x'\", every: 1h }}\n"
                    "  - {{ name: wrong, sql: \"select 1 / 0\", every: 1h }}\n"
                    "  - {{ name: slow, sql: \"select pg_sleep(1000)\", every: 1h, timeout: 300ms }}\n"
                    "  - {{ name: alive, http: {{ url: \"{0}/health\", method: GET }}, every: 1h }}\n"
                    "  - {{ name: nowhere, http: {{ url: \"{0}/no-such-path\" }}, every: 1h }}\n"
                    "  - {{ name: sealed, task: encrypt, every: 1h }}\n",
                    served.url())));
    for (const char* job : {"answer", "wrong", "slow", "alive", "nowhere", "sealed"})
        ASSERT_TRUE(ends(job)) << job << daemon.log();
    EXPECT_EQ(last("answer", "status || output"), "success42\tx\n");
    EXPECT_THAT(last("wrong"), AllOf(HasSubstr("error: "), HasSubstr("division by zero")));
    EXPECT_EQ(last("slow"), "killed: not done after 0.3 s: cancelled");
    EXPECT_EQ(
        site.number("select count(*) from pg_stat_activity where query like '%pg_sleep(1000)%' and state = "
                    "'active' and pid <> pg_backend_pid()"),
        0);
    EXPECT_EQ(last("alive", "status || output"), "successalive\n");
    EXPECT_EQ(last("nowhere"), "error: answered with status 404");
    EXPECT_THAT(last("sealed", "status || output"),
                HasSubstr("errorpostrider: there is no encryption.secret_key"));
    const HttpPage metrics = http_get(daemon.url() + "/metrics");
    for (const char* line : {"postrider_job_runs_total{job=\"answer\",status=\"success\"} 1",
                             "postrider_job_runs_total{job=\"wrong\",status=\"error\"} 1",
                             "postrider_job_run_seconds_count{job=\"slow\"} 1"}) {
        EXPECT_THAT(metrics.body, HasSubstr(std::string(line) + "\n"));
    }
}

TEST_F(JobsTest, OperatorsSeePauseResumeAndStartJobs) {
    DaemonProcess daemon(with_jobs(script("mine", "echo hello", "every: 1h")));
    ASSERT_TRUE(ends("mine")) << daemon.log();
    const auto command = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "jobs");
        return postrider_with(daemon.config_file(), std::move(arguments));
    };
    EXPECT_THAT(command({"list"}).out, AllOf(HasSubstr("mine"), HasSubstr("every 1h"), HasSubstr("success")));
    EXPECT_THAT(command({}).out, HasSubstr("waiting"));
    EXPECT_THAT(command({"list", "--json"}).out, HasSubstr("\"last_status\":\"success\""));
    EXPECT_THAT(command({"pause", "mine", "--reason", "maintenance"}).out, HasSubstr("paused"));
    EXPECT_THAT(command({"show", "mine"}).out,
                AllOf(HasSubstr("state: paused"), HasSubstr("reason: maintenance")));
    EXPECT_TRUE(daemon.wait_for_status("paused: mine"));
    EXPECT_EQ(command({"run", "mine"}).exit_code, 0);
    ASSERT_TRUE(ends("mine", 2)) << "also a paused one, when asked";
    EXPECT_EQ(last("mine", "scheduled is null"), "t");
    EXPECT_EQ(command({"resume", "mine"}).exit_code, 0);
    EXPECT_THAT(command({"history", "mine"}).out, AllOf(HasSubstr("success"), HasSubstr("runtime_s")));
    EXPECT_THAT(command({"history", "mine", "--run", last("mine", "id")}).out, HasSubstr("output:\nhello\n"));
    const Ran unknown = command({"run", "other"});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_THAT(unknown.err, HasSubstr("no daemon has ever had a job other"));
}

TEST_F(JobsTest, AReloadTakesJobsOver) {
    DaemonProcess daemon(with_jobs(script("before", "true", "every: 1h")));
    ASSERT_TRUE(ends("before")) << daemon.log();
    ASSERT_TRUE(daemon.reload(with_jobs(script("after", "true", "every: 1h"))));
    EXPECT_TRUE(ends("after")) << daemon.log();
    ASSERT_TRUE(daemon.reload(with_jobs("  - { name: bad, command: x, cron: 0 25 * * * }\n")));
    EXPECT_TRUE(daemon.log_says("hour: 25 is not between 0 and 23")) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("1 configured"));
}

}  // namespace
}  // namespace postrider::testing
