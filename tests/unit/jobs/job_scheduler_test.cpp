#include "lib/jobs/job_scheduler.h"

#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"
#include "tests/support/memory_jobs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <deque>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JobDefinition job(const std::string& name, JobSchedule schedule, const std::string& queue = "default") {
    return {.name = name,
            .work = CommandJob{{"true"}, "", "", {}},
            .schedule = std::move(schedule),
            .queue = queue};
}

JobSchedule chicago(const std::string& text) {
    return JobSchedule::cron(*CronExpression::parse(text), TimeZone::find("America/Chicago").value(), text,
                             "America/Chicago");
}

struct JobDaemon {
    JobDaemon(Executor executor, Clock& clock, MemoryJobs& database, long long id)
        : store(clock, database, id),
          runner(clock),
          scheduler({std::move(executor), clock, random, store, runner}) {}
    FixedRandom random;
    MemoryJobStore store;
    FakeRunner runner;
    JobScheduler scheduler;
};

struct JobSchedulerTest : ClockTest {
    ~JobSchedulerTest() override {
        for (JobDaemon& daemon : daemons) daemon.store.away = false;
        group.cancel();
        settle();
        for (JobDaemon& daemon : daemons) end(daemon);
        stop();
    }

    JobDaemon& start(const std::vector<JobDefinition>& jobs) {
        daemons.emplace_back(io.get_executor(), clock, database, static_cast<long long>(daemons.size()) + 1);
        JobDaemon& daemon = daemons.back();
        daemon.scheduler.set_jobs(jobs);
        group.spawn("jobs", daemon.scheduler.run());
        settle();
        return daemon;
    }
    void end(JobDaemon& daemon) {
        bool stopped = false;
        group.spawn("stop", stop_now(daemon, stopped));
        EXPECT_TRUE(run_until([&] {
            pass(1s);  // one that cannot record an end tries again each second
            return stopped;
        }));
    }
    static Task<> stop_now(JobDaemon& daemon, bool& stopped) {
        co_await daemon.scheduler.stop(0ms);
        stopped = true;
    }
    const std::vector<std::string>& started() { return daemons.front().runner.started; }
    static auto takes(std::chrono::milliseconds span) {
        return [span](const JobDefinition&) { return span; };
    }
    std::vector<std::string> statuses() {
        std::vector<std::string> all;
        for (const auto& each : database.ended) all.emplace_back(to_string(each.result.status));
        return all;
    }
    JobState& state(const std::string& name) { return database.jobs.at(name).state; }

    MemoryJobs database;
    std::deque<JobDaemon> daemons;
};

TEST_F(JobSchedulerTest, AnIntervalRunsAtOnceAndThenByItsGrid) {
    start({job("a", JobSchedule::every(10s))});
    EXPECT_THAT(started(), SizeIs(1));
    pass(9999ms);
    EXPECT_THAT(started(), SizeIs(1));
    pass(1ms);
    EXPECT_THAT(started(), SizeIs(2));
    pass(1h);
    EXPECT_THAT(started(), SizeIs(362));
}

TEST_F(JobSchedulerTest, ARestartNeitherRepeatsARunNorForgetsOne) {
    JobDaemon& first = start({job("a", JobSchedule::every(1h))});
    group.cancel();
    settle();
    end(first);
    database.dead.insert(1);
    JobDaemon& second = start({job("a", JobSchedule::every(1h))});
    pass(59min);
    EXPECT_THAT(second.runner.started, IsEmpty());
    pass(1min);
    EXPECT_THAT(second.runner.started, SizeIs(1));
}

TEST_F(JobSchedulerTest, ANewScheduleIsPlannedAnew) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(1h))});
    daemon.scheduler.set_jobs({job("a", JobSchedule::every(5min))});
    settle();
    EXPECT_THAT(started(), SizeIs(2)) << "at once";
    pass(5min);
    EXPECT_THAT(started(), SizeIs(3));
}

TEST_F(JobSchedulerTest, AJobThatIsNoLongerConfiguredDoesNotStart) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(1min))});
    daemon.scheduler.set_jobs({});
    pass(1h);
    EXPECT_THAT(started(), SizeIs(1));
}

TEST_F(JobSchedulerTest, AQueueRunsOneAtATimeTheLongestWaitingFirst) {
    JobDaemon& daemon = start({});
    daemon.runner.duration = takes(3s);
    daemon.scheduler.set_jobs({job("c", JobSchedule::every(1h)), job("a", JobSchedule::every(1h)),
                               job("b", JobSchedule::every(1h)),
                               job("other", JobSchedule::every(1h), "side")});
    settle();
    EXPECT_THAT(started(), ElementsAre("a", "other"));
    pass(3s);
    EXPECT_THAT(started(), ElementsAre("a", "other", "b"));
    pass(3s);
    EXPECT_THAT(started(), ElementsAre("a", "other", "b", "c"));
}

TEST_F(JobSchedulerTest, WhatTakesLongerThanItsIntervalFollowsTheMisfirePolicy) {
    for (const auto& [misfire, runs] :
         std::map<Misfire, std::size_t>{{Misfire::once, 3}, {Misfire::catch_up, 3}}) {
        JobDefinition each = job("a" + std::to_string(static_cast<int>(misfire)), JobSchedule::every(10s));
        each.misfire = misfire;
        JobDaemon& daemon = start({});
        daemon.runner.duration = takes(25s);
        daemon.scheduler.set_jobs({each});
        pass(59s);
        EXPECT_THAT(daemon.runner.started, SizeIs(runs));
        // A due time later than the last run's: caught up are those that were missed, in turn.
        EXPECT_EQ(state(each.name).due > clock.now(), misfire == Misfire::once);
        daemon.scheduler.set_jobs({});
        pass(30s);
    }
}

TEST_F(JobSchedulerTest, WhileNoDaemonLivedRunsWereMissed) {
    std::map<Misfire, std::size_t> runs;
    for (const Misfire misfire : {Misfire::skip, Misfire::once, Misfire::catch_up}) {
        JobDefinition nightly = job("n" + std::to_string(static_cast<int>(misfire)), chicago("0 3 * * *"));
        nightly.misfire = misfire;
        MemoryJobs::Job& known = database.jobs[nightly.name];
        known.state.name = nightly.name;
        known.state.due = known.state.next_run = clock.now() - 50h;
        known.schedule = nightly.schedule.text();
        JobDaemon& daemon = start({nightly});
        pass(1min);
        runs[misfire] = daemon.runner.started.size();
    }
    EXPECT_EQ(runs[Misfire::skip], 0u);
    EXPECT_EQ(runs[Misfire::once], 1u);
    EXPECT_EQ(runs[Misfire::catch_up], 3u);
}

TEST_F(JobSchedulerTest, JitterPutsTheStartOffAndNotTheTimes) {
    JobDefinition late = job("a", JobSchedule::every(1min));
    late.jitter = 10s;
    JobDaemon& daemon = start({});
    daemon.random.chance = 0.5;
    daemon.scheduler.set_jobs({late});
    const TimePoint began = clock.now();
    pass(4999ms);
    EXPECT_THAT(started(), IsEmpty());
    pass(1ms);
    EXPECT_THAT(started(), SizeIs(1));
    EXPECT_EQ(state("a").due, began + 1min);
    EXPECT_EQ(state("a").next_run, began + 65s);
}

TEST_F(JobSchedulerTest, APausedJobWaitsUnlessSomebodyAsksForARun) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(1min))});
    state("a").paused = true;
    pass(1h);
    const std::size_t before = daemon.runner.started.size();
    EXPECT_LE(before, 2u);
    EXPECT_THAT(daemon.scheduler.check()->text, HasSubstr("paused: a (`postrider jobs resume NAME`)"));
    state("a").requested = clock.now();
    pass(3s);
    EXPECT_EQ(daemon.runner.started.size(), before + 1);
    EXPECT_EQ(database.ended.back().scheduled, std::nullopt);
    state("a").paused = false;
    pass(3s);
    EXPECT_EQ(daemon.runner.started.size(), before + 2) << "once for all that was missed";
}

TEST_F(JobSchedulerTest, WhatADaemonLeftOpenIsInterruptedAndTheJobGoesOn) {
    JobDaemon& first = start({job("a", JobSchedule::every(10s))});
    first.runner.duration = takes(10min);
    pass(10s);
    ASSERT_THAT(database.open, SizeIs(1));
    first.store.away = true;  // as one that is cut off
    JobDaemon& second = start({job("a", JobSchedule::every(10s))});
    pass(30s);
    EXPECT_THAT(second.runner.started, IsEmpty());
    database.dead.insert(1);
    pass(5s);
    EXPECT_THAT(statuses(), ElementsAre("success", "interrupted"));
    EXPECT_THAT(second.runner.started, IsEmpty()) << "the other may not have ended it yet";
    pass(lost_run_wait);
    EXPECT_FALSE(second.runner.started.empty());
    EXPECT_EQ(first.scheduler.running(), 1u) << "its end cannot be recorded";
    first.store.away = false;
}

TEST_F(JobSchedulerTest, ADaemonThatCannotReachTheStoreEndsItsRunsInTime) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(10s))});
    daemon.runner.duration = takes(1h);
    pass(11s);
    ASSERT_THAT(database.open, SizeIs(1));
    daemon.store.away = true;
    pass(contact_max - 5s);
    daemon.store.away = false;
    pass(5s);
    EXPECT_THAT(statuses(), ElementsAre("success")) << "it was back in time";
    daemon.store.away = true;
    pass(contact_max + 5s);
    daemon.store.away = false;
    pass(5s);
    ASSERT_THAT(statuses(), ElementsAre("success", "interrupted"));
    EXPECT_EQ(database.ended[1].result.reason, "the database could not be reached");
}

TEST_F(JobSchedulerTest, ARunWhoseClaimIsNotAnsweredBlocksNothing) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(10s))});
    daemon.store.lose_answer = true;
    pass(10s);
    ASSERT_THAT(database.open, SizeIs(1));
    EXPECT_EQ(daemon.scheduler.running(), 0u);
    pass(10s);
    EXPECT_THAT(statuses(), ElementsAre("success", "interrupted", "success"));
}

TEST_F(JobSchedulerTest, ARunThatSomebodyElseHasEndedIsEndedHereToo) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(1h))});
    pass(1s);
    daemon.runner.duration = takes(2h);
    pass(1h);
    ASSERT_EQ(daemon.scheduler.running(), 1u);
    database.open.clear();
    pass(3s);
    EXPECT_EQ(daemon.scheduler.running(), 0u);
}

TEST_F(JobSchedulerTest, StoppingEndsRunsAndRecordsThem) {
    JobDaemon& daemon = start({});
    daemon.runner.duration = takes(1h);
    daemon.scheduler.set_jobs({job("a", JobSchedule::every(1h))});
    pass(1s);
    group.cancel();
    settle();
    end(daemon);
    EXPECT_THAT(statuses(), ElementsAre("interrupted"));
    EXPECT_THAT(database.open, IsEmpty());
}

TEST_F(JobSchedulerTest, OnACopyNothingStarts) {
    database.is_copy = true;
    JobDaemon& daemon = start({job("a", JobSchedule::every(1s))});
    pass(1min);
    EXPECT_THAT(started(), IsEmpty());
    EXPECT_THAT(daemon.scheduler.check()->text, HasSubstr("this database is a copy"));
}

TEST_F(JobSchedulerTest, TheStatusNamesWhatFailsAndWhatIsOverdue) {
    JobDaemon& daemon = start({job("a", JobSchedule::every(1h)), job("b", JobSchedule::every(1h))});
    EXPECT_EQ(daemon.scheduler.check()->health, Health::ok);
    state("a").last_status = "error";
    daemon.runner.duration = takes(10min);
    pass(1h + 5min);
    const Check check = daemon.scheduler.check().value();
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.text, HasSubstr("last run failed: a (error) (`postrider jobs history NAME` says why)"));
    EXPECT_THAT(check.text, HasSubstr("overdue: b ("));
    EXPECT_THAT(check.text, HasSubstr("2 configured, 1 running here"));
}

TEST_F(JobSchedulerTest, WithoutJobsThereIsNoCheckAndNothingIsAskedOfTheStore) {
    JobDaemon& daemon = start({});
    pass(3h);
    EXPECT_FALSE(daemon.scheduler.check());
    EXPECT_EQ(daemon.store.reads, 0);
}

/// Two daemons, an hour around a change of Chicago's clocks.
struct ClockChangeTest : JobSchedulerTest {
    std::vector<JobDefinition> hundred() {
        std::vector<JobDefinition> jobs;
        for (int i = 0; i < 100; ++i) {
            const std::string name = fmt::format("job-{:02}", i);
            const std::string queue = fmt::format("queue-{}", i / 5);
            if (i % 10 == 0) {
                jobs.push_back(job(name, chicago("30 1,2 * * *"), queue));
            } else if (i % 10 == 5) {
                jobs.push_back(job(name, chicago("*/5 * * * *"), queue));
            } else {
                jobs.push_back(job(name, JobSchedule::every(1s), queue));
            }
        }
        return jobs;
    }
    void run_through(TimePoint from) {
        from -= 500ms;
        clock.advance_to(from);
        for (int i = 0; i < 2; ++i) {
            JobDaemon& daemon = start({});
            daemon.runner.duration = [](const JobDefinition& each) {
                return 20ms + (each.name.back() % 7) * 10ms;
            };
            daemon.runner.deaf = true;
            daemon.scheduler.set_jobs(hundred());
        }
        pass(1h + 500ms);
        for (JobDaemon& daemon : daemons) daemon.scheduler.set_jobs({});
        pass(5s);
    }
    /// No run of a job, or of its queue, begins before the last one has ended.
    void expect_no_overlap() {
        std::map<std::string, std::vector<const MemoryJobs::Ended*>> by_queue;
        std::map<std::string, std::string> queue_of;
        for (const JobDefinition& each : hundred()) queue_of[each.name] = each.queue;
        for (const auto& each : database.ended) by_queue[queue_of[each.job]].push_back(&each);
        for (auto& [queue, runs] : by_queue) {
            std::sort(runs.begin(), runs.end(),
                      [](const auto* a, const auto* b) { return a->started < b->started; });
            for (std::size_t i = 1; i < runs.size(); ++i)
                ASSERT_GE(runs[i]->started, runs[i - 1]->ended) << runs[i]->job;
        }
    }
    std::vector<TimePoint> times_of(const std::string& name) {
        if (times.empty()) {
            for (const auto& each : database.ended) times[each.job].push_back(each.scheduled.value());
        }
        return times[name];
    }
    /// Each second one, none left out, none late by a second.
    void expect_every_second() {
        for (const JobDefinition& each : hundred()) {
            if (!each.schedule.text().starts_with("every")) continue;
            const std::vector<TimePoint> of_job = times_of(each.name);
            ASSERT_THAT(of_job, SizeIs(3601)) << each.name;
            for (std::size_t i = 1; i < of_job.size(); ++i)
                ASSERT_EQ(of_job[i] - of_job[i - 1], 1s) << each.name;
        }
    }
    std::map<std::string, std::vector<TimePoint>> times;
};

constexpr TimePoint spring = std::chrono::sys_days(std::chrono::year(2030) / 3 / 10) + 8h;
constexpr TimePoint autumn = std::chrono::sys_days(std::chrono::year(2030) / 11 / 3) + 7h;

TEST_F(ClockChangeTest, InSpringNoRunOverlapsAndNoneIsMissed) {
    run_through(spring - 30min);
    expect_no_overlap();
    expect_every_second();
    EXPECT_THAT(times_of("job-00"), ElementsAre(spring - 30min, spring))
        << "1:30, and 2:30, which there is not";
    EXPECT_THAT(times_of("job-05"), SizeIs(13));
}

TEST_F(ClockChangeTest, InAutumnNoRunOverlapsAndNoneIsMissed) {
    run_through(autumn - 30min);
    expect_no_overlap();
    expect_every_second();
    EXPECT_THAT(times_of("job-00"), ElementsAre(autumn - 30min)) << "1:30, the first time only";
    EXPECT_THAT(times_of("job-05"), SizeIs(13));
}

}  // namespace
}  // namespace postrider::testing
