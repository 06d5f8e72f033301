#include "lib/quicksilver/site_task_scheduler.h"

#include "lib/schedule/iso_time.h"
#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"
#include "tests/support/memory_site_tasks.h"

#include <gmock/gmock.h>

#include <deque>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

struct SiteTaskDaemon {
    SiteTaskDaemon(Executor executor, Clock& clock, MemorySiteTasks& database, long long id)
        : store(clock, database, id),
          runner(clock),
          scheduler({std::move(executor), clock, random, store, runner, locks}) {}
    FixedRandom random;
    MemorySiteTaskStore store;
    MemoryTaskLocks locks;
    ScriptedTaskRunner runner;
    SiteTaskScheduler scheduler;
};

struct SiteTaskSchedulerTest : ClockTest {
    SiteTaskSchedulerTest() { settings.manage = {"manage.py"}; }
    ~SiteTaskSchedulerTest() override {
        for (SiteTaskDaemon& daemon : daemons) daemon.store.away = false;
        group.cancel();
        settle();
        for (SiteTaskDaemon& daemon : daemons) end(daemon);
        stop();
    }

    SiteTaskDaemon& make() {
        daemons.emplace_back(io.get_executor(), clock, database, static_cast<long long>(daemons.size()) + 1);
        // Each says, as wrapped commands do, that it runs next in ten seconds.
        daemons.back().runner.result_of = [this](const JobDefinition&) {
            return said("_qs_next_run: " + to_iso_time(clock.now() + 10s));
        };
        return daemons.back();
    }
    void start(SiteTaskDaemon& daemon) {
        daemon.scheduler.set_settings(settings);
        group.spawn("tasks", daemon.scheduler.run());
        settle();
    }
    void end(SiteTaskDaemon& daemon) {
        bool stopped = false;
        group.spawn("stop", stop_now(daemon, stopped));
        EXPECT_TRUE(run_until([&] {
            pass(1s);
            return stopped;
        }));
    }
    static Task<> stop_now(SiteTaskDaemon& daemon, bool& stopped) {
        co_await daemon.scheduler.stop(0ms);
        stopped = true;
    }
    static RunResult said(const std::string& output) {
        RunResult result;
        result.status = RunStatus::success;
        result.exit_code = 0;
        result.output = output;
        return result;
    }
    std::string check(const SiteTaskDaemon& daemon) const { return daemon.scheduler.check().value().text; }
    std::vector<std::string> statuses() const {
        std::vector<std::string> all;
        for (const auto& each : database.ended) all.push_back(each.status);
        return all;
    }

    SiteTaskSettings settings;
    MemorySiteTasks database;
    std::deque<SiteTaskDaemon> daemons;
};

TEST_F(SiteTaskSchedulerTest, ATaskRunsAtTheMomentItIsDueAndThenWhenItSaid) {
    SiteTask& task = database.add("nudge", clock.now() + 3500ms);
    SiteTaskDaemon& daemon = make();
    start(daemon);
    pass(3499ms);
    EXPECT_THAT(daemon.runner.started, IsEmpty());
    pass(1ms);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    EXPECT_EQ(task.next_run, clock.now() + 10s);
    pass(30s);
    EXPECT_THAT(daemon.runner.started, SizeIs(4));
    EXPECT_THAT(statuses(), ElementsAre("success", "success", "success", "success"));
}

TEST_F(SiteTaskSchedulerTest, OfAQueueOneRunsAtATimeTheLongestWaitingFirst) {
    database.add("late", clock.now() - 1s);
    database.add("later", clock.now() - 3s);
    database.add("export", clock.now(), "data-export");
    database.add("foreign", clock.now(), "not-ours");
    settings.queues = {"default", "data-export"};
    SiteTaskDaemon& daemon = make();
    daemon.runner.takes = {{"late", 4s}, {"later", 4s}, {"export", 4s}};
    start(daemon);
    EXPECT_THAT(daemon.runner.started, ElementsAre("export", "later"));
    pass(4s);
    EXPECT_THAT(daemon.runner.started, ElementsAre("export", "later", "late"));
}

TEST_F(SiteTaskSchedulerTest, TheSendTaskIsLeftOutAndTheSitesMonitoringToldInItsPlace) {
    database.add(send_task, clock.now());
    settings.site = "app-example-org";
    SiteTaskDaemon& daemon = make();
    start(daemon);
    pass(150s);
    EXPECT_THAT(daemon.runner.started, IsEmpty());
    EXPECT_THAT(database.noted, ElementsAre("app-example-org", "app-example-org", "app-example-org"));
}

TEST_F(SiteTaskSchedulerTest, WhereTheSiteWantsItTheSendTaskRunsToo) {
    database.add(send_task, clock.now());
    settings.run_send_task = true;
    settings.sends = false;
    SiteTaskDaemon& daemon = make();
    start(daemon);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    EXPECT_THAT(database.noted, IsEmpty()) << "with `delivery: hold` the site sends, and says so itself";
}

TEST_F(SiteTaskSchedulerTest, WhatTheSiteChangesIsObeyedWithinTwoSeconds) {
    SiteTask& task = database.add("nudge", clock.now() + 1h);
    SiteTaskDaemon& daemon = make();
    start(daemon);
    task.next_run = clock.now();
    pass(2s);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    task.next_run.reset();
    pass(1h);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    task.next_run = clock.now();
    pass(2s);
    EXPECT_THAT(daemon.runner.started, SizeIs(2));
    database.tasks.clear();
    pass(1h);
    EXPECT_THAT(daemon.runner.started, SizeIs(2));
}

TEST_F(SiteTaskSchedulerTest, WhatIsSetWhileItRunsStays) {
    SiteTask& task = database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.takes["nudge"] = 5s;
    start(daemon);
    const TimePoint wanted = task.next_run.emplace(clock.now() + 1h);
    pass(6s);
    EXPECT_THAT(statuses(), ElementsAre("success"));
    EXPECT_EQ(task.next_run, wanted);
}

TEST_F(SiteTaskSchedulerTest, OneThatSaysNothingOfItsNextRunRestsForFiveSecondsAndHoldsUpNoOther) {
    database.add("silent", clock.now() - 1h);
    database.add("other", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.result_of = [this](const JobDefinition& job) {
        return said(job.name == "silent" ? "" : "_qs_next_run: " + to_iso_time(clock.now() + 1h));
    };
    start(daemon);
    EXPECT_THAT(daemon.runner.started, ElementsAre("silent", "other"));
    pass(4900ms);
    EXPECT_THAT(daemon.runner.started, SizeIs(2));
    pass(100ms);
    EXPECT_THAT(daemon.runner.started, ElementsAre("silent", "other", "silent"));
}

TEST_F(SiteTaskSchedulerTest, OneThatFailsRunsAgainAfterItsInterval) {
    SiteTask& task = database.add("broken", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.result_of = [](const JobDefinition&) { return RunResult{}; };
    start(daemon);
    EXPECT_THAT(statuses(), ElementsAre("error"));
    EXPECT_EQ(task.next_run, clock.now() + 10s);
}

TEST_F(SiteTaskSchedulerTest, WhatTheSitesOwnRunnerHasIsLeftAloneAndNamed) {
    const SiteTask taken = database.add("taken", clock.now() - 1s);
    database.add("free", clock.now());
    database.elsewhere[taken.id] = clock.now() - 60s;
    SiteTaskDaemon& daemon = make();
    start(daemon);
    pass(5s);
    EXPECT_THAT(daemon.runner.started, ElementsAre("free"));
    EXPECT_THAT(check(daemon),
                HasSubstr("left alone, since the site's own runner has them: taken[default] since"));
    database.elsewhere.clear();
    pass(2s);
    EXPECT_THAT(daemon.runner.started, ElementsAre("free", "taken"));
    EXPECT_THAT(check(daemon), Not(HasSubstr("left alone")));
}

TEST_F(SiteTaskSchedulerTest, TwoDaemonsRunNoTaskTwiceAndOfAQueueOneAtATime) {
    database.add("a", clock.now());
    database.add("b", clock.now());
    SiteTaskDaemon& one = make();
    SiteTaskDaemon& two = make();
    for (SiteTaskDaemon* daemon : {&one, &two}) {
        daemon->runner.takes = {{"a", 3s}, {"b", 3s}};
        daemon->runner.on_start = [this](const JobDefinition&) { EXPECT_EQ(database.open.size(), 1u); };
        start(*daemon);
    }
    pass(60s);
    EXPECT_EQ(one.runner.started.size() + two.runner.started.size(),
              database.ended.size() + database.open.size());
    EXPECT_GE(database.ended.size(), 8u);
}

TEST_F(SiteTaskSchedulerTest, ALockThatARunHasLeftIsRemovedBeforeItsEndIsWritten) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.on_start = [&](const JobDefinition& job) { daemon.locks.locks[job.name] = {"its own"}; };
    start(daemon);
    ASSERT_THAT(database.ended, SizeIs(1));
    EXPECT_TRUE(database.ended[0].locks_cleared);
    EXPECT_THAT(daemon.locks.locks["nudge"], IsEmpty());
}

TEST_F(SiteTaskSchedulerTest, OneThatMayBeHeldStillIsRemovedLater) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.on_start = [&](const JobDefinition& job) {
        daemon.locks.locks[job.name] = {"its own"};
        daemon.locks.held.insert(job.name);
    };
    start(daemon);
    ASSERT_THAT(database.ended, SizeIs(1));
    EXPECT_FALSE(database.ended[0].locks_cleared);
    EXPECT_THAT(daemon.locks.locks["nudge"], SizeIs(1));
    pass(20s);
    EXPECT_THAT(daemon.runner.started, SizeIs(1)) << "it would come back at once";
    EXPECT_THAT(check(daemon), HasSubstr("the locks that they left may still be held: nudge"));
    daemon.locks.held.clear();
    daemon.runner.on_start = nullptr;
    pass(2s);
    EXPECT_THAT(daemon.runner.started, SizeIs(2));
    EXPECT_THAT(daemon.locks.locks["nudge"], IsEmpty());
    EXPECT_THAT(database.left, IsEmpty());
}

TEST_F(SiteTaskSchedulerTest, ALockOfSomebodyElseStaysAndTheStatusSaysThatItIsInTheWay) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.locks.locks["nudge"] = {"somebody's"};
    daemon.runner.result_of = [](const JobDefinition&) { return said(""); };
    start(daemon);
    EXPECT_THAT(daemon.locks.locks["nudge"], ElementsAre("somebody's"));
    EXPECT_THAT(check(daemon),
                HasSubstr("came back at once, since their lock file is somebody else's: nudge"));
}

TEST_F(SiteTaskSchedulerTest, OneThatTheSitesRunnerTookMeanwhileIsNotOursToRemove) {
    const SiteTask task = database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.on_start = [&](const JobDefinition& job) {
        daemon.locks.locks[job.name] = {"the runner's"};
        database.elsewhere[task.id] = clock.now();
    };
    start(daemon);
    EXPECT_THAT(daemon.locks.locks["nudge"], ElementsAre("the runner's"));
}

TEST_F(SiteTaskSchedulerTest, WhatADeadDaemonLeftIsSweptItsLockRemovedAndTheTaskGoesOn) {
    const SiteTask task = database.add("nudge", clock.now());
    MemorySiteTasks::Open open{
        {++database.last, task.id, task.queue, false}, 9, "nudge", "its key", {}, task.next_run};
    database.open[database.last] = open;
    database.dead.insert(9);
    SiteTaskDaemon& daemon = make();
    daemon.locks.locks["nudge"] = {"the dead one's"};
    start(daemon);
    pass(1s);
    EXPECT_THAT(daemon.runner.swept, ElementsAre("its key"));
    EXPECT_THAT(statuses(), ElementsAre("killed", "success"));
    EXPECT_THAT(daemon.locks.locks["nudge"], IsEmpty());
    EXPECT_THAT(database.left, IsEmpty());
}

TEST_F(SiteTaskSchedulerTest, ARunThatOthersTookForDeadIsEndedAndWritesNothing) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.takes["nudge"] = 1h;
    start(daemon);
    database.open.clear();
    database.tasks.clear();
    pass(3s);
    EXPECT_THAT(statuses(), IsEmpty());
    EXPECT_THAT(check(daemon), HasSubstr("0 running here"));
}

TEST_F(SiteTaskSchedulerTest, ADaemonWithoutTheDatabaseEndsItsRunsBeforeOthersTakeThemUp) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.takes["nudge"] = 1h;
    start(daemon);
    daemon.store.away = true;
    pass(70s);
    EXPECT_THAT(check(daemon), HasSubstr("cannot be looked at"));
    daemon.store.away = false;
    pass(2s);
    EXPECT_THAT(statuses(), Contains("killed"));
}

TEST_F(SiteTaskSchedulerTest, WhereTheParserWantsAValueItIsCalledOnceMoreWithOne) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    daemon.runner.result_of = [this](const JobDefinition& job) {
        const auto& command = std::get<CommandJob>(job.work).command;
        if (command[3] == "True") return said("_qs_next_run: " + to_iso_time(clock.now() + 10s));
        RunResult refused;
        refused.exit_code = 2;
        refused.errors = "error: argument --qs-context: expected one argument";
        return refused;
    };
    start(daemon);
    pass(10s);
    EXPECT_THAT(statuses(), ElementsAre("success", "success"));
    EXPECT_THAT(
        daemon.runner.commands,
        ElementsAre(ElementsAre("manage.py", "nudge", "--qs-context", "--qs-next-interval", "10"),
                    ElementsAre("manage.py", "nudge", "--qs-context", "True", "--qs-next-interval", "10"),
                    ElementsAre("manage.py", "nudge", "--qs-context", "True", "--qs-next-interval", "10")))
        << "it is known from then on";
}

TEST_F(SiteTaskSchedulerTest, OnACopyAndWhereItCannotWorkNothingStarts) {
    database.add("nudge", clock.now());
    database.is_copy = true;
    SiteTaskDaemon& daemon = make();
    start(daemon);
    pass(10s);
    EXPECT_THAT(daemon.runner.started, IsEmpty());
    EXPECT_THAT(check(daemon), HasSubstr("this database is a copy"));
    database.is_copy = false;
    database.obstacle = "there is no table";
    pass(10s);
    EXPECT_THAT(daemon.runner.started, IsEmpty());
    EXPECT_THAT(check(daemon), HasSubstr("none is run: there is no table"));
    database.obstacle.clear();
    pass(2s);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
}

TEST_F(SiteTaskSchedulerTest, AReloadMayTakeThemAway) {
    database.add("nudge", clock.now());
    SiteTaskDaemon& daemon = make();
    start(daemon);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    daemon.scheduler.set_settings(std::nullopt);
    pass(1h);
    EXPECT_THAT(daemon.runner.started, SizeIs(1));
    EXPECT_FALSE(daemon.scheduler.check());
}

TEST_F(SiteTaskSchedulerTest, TheStatusNamesWhatFailsIsOverdueOrRunsForLongerThanUsual) {
    const auto add_view = [&](const std::string& command) -> SiteTaskView& {
        SiteTaskView view;
        view.task = database.add(command, clock.now() + 1h);
        database.views.push_back(view);
        return database.views.back();
    };
    add_view("failed").last_status = "error";
    add_view("overdue").task.next_run = clock.now() - 121s;
    SiteTaskView& stuck = add_view("stuck");
    stuck.open_since = clock.now() - 11s;
    stuck.times = {6, 1, 1};
    add_view("foreign").last_status = "error";
    database.views.back().task.queue = "not-ours";
    SiteTaskDaemon& daemon = make();
    start(daemon);
    EXPECT_EQ(daemon.scheduler.check()->health, Health::warning);
    EXPECT_THAT(check(daemon), HasSubstr("last run failed: failed[default] (error) ("));
    EXPECT_THAT(check(daemon), HasSubstr("overdue: overdue[default] ("));
    EXPECT_THAT(check(daemon), HasSubstr("running for longer than usual: stuck[default] ("));
}

}  // namespace
}  // namespace postrider::testing
