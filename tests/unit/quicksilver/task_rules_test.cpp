#include "lib/quicksilver/task_rules.h"

#include "lib/schedule/iso_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

const TimePoint noon = parse_iso_time("2026-01-31T12:00:00Z").value();

SiteTask task(const std::string& arguments = "--no-color") {
    SiteTask task;
    task.id = 7;
    task.command = "nudge";
    task.arguments = arguments;
    task.queue = "default";
    task.repeat_interval = 10;
    return task;
}

RunResult ended(RunStatus status, const std::string& output, const std::string& errors = "") {
    RunResult result;
    result.status = status;
    result.output = output;
    result.errors = errors;
    if (status == RunStatus::success) result.exit_code = 0;
    if (status == RunStatus::error) {
        result.exit_code = 1;
        result.reason = "exit code 1";
    }
    return result;
}

template <class Kind>
bool next_run_is(const SiteTaskEnd& end) {
    return std::holds_alternative<Kind>(end.next_run);
}

TEST(SiteTask, ItsTextIsThePackages) {
    EXPECT_EQ(text_of(task()), "nudge[default] --no-color");
    EXPECT_EQ(text_of(task("--a 1\r\n--b\n--c\n")), "nudge[default] --a 1 --b --c");
    EXPECT_EQ(text_of(task("")), "nudge[default] ");
}

TEST(SiteTask, ASlugIsWhatThePackageMakesOfTheSitesAddress) {
    EXPECT_EQ(site_slug("https://App.example.org/"), "app-example-org");
    EXPECT_EQ(site_slug("http://example.org:8000/messages"), "example-org8000messages");
    EXPECT_EQ(site_slug("app-example-org"), "app-example-org");
    EXPECT_EQ(site_slug("a_b.example.org"), "a_b-example-org");
    EXPECT_EQ(site_slug("https://"), "");
}

TEST(SiteTask, IsCalledWithItsArgumentsSplitAtWhiteSpace) {
    SiteTaskSettings settings;
    settings.manage = {"python", "manage.py"};
    settings.kill_after = 7s;
    const JobDefinition job = job_of(task(" --no-color\n--days  3\t"), settings, ContextForm::flag);
    EXPECT_THAT(std::get<CommandJob>(job.work).command,
                ElementsAre("python", "manage.py", "nudge", "--no-color", "--days", "3", "--qs-context",
                            "--qs-next-interval", "10"));
    EXPECT_TRUE(std::get<CommandJob>(job.work).errors_apart);
    EXPECT_EQ(job.timeout, 0s) << "as the package has it: none";
    EXPECT_EQ(job.kill_after, 7s);
}

TEST(SiteTask, WithoutAnIntervalItIsToldFiveSeconds) {
    SiteTask once = task("");
    once.repeat_interval = 0;
    EXPECT_THAT(std::get<CommandJob>(job_of(once, {}, ContextForm::value).work).command,
                ElementsAre("nudge", "--qs-context", "True", "--qs-next-interval", "5"));
}

TEST(SiteTask, ItsOwnLimitComesBeforeTheGeneralOne) {
    SiteTaskSettings settings;
    settings.max_duration = 60s;
    SiteTask limited = task();
    EXPECT_EQ(job_of(limited, settings, ContextForm::flag).timeout, 60s);
    limited.max_duration = 5;
    EXPECT_EQ(job_of(limited, settings, ContextForm::flag).timeout, 5s);
    limited.max_duration = -3;
    EXPECT_EQ(job_of(limited, settings, ContextForm::flag).timeout, 0s) << "none";
}

TEST(SiteTask, WhereTheParserWantsAValueThatIsKnownByItsRefusal) {
    RunResult refused =
        ended(RunStatus::error, "",
              "usage: …\nmanage.py nudge: error: argument --qs-context: expected one argument\n");
    refused.exit_code = 2;
    EXPECT_TRUE(wants_context_value(refused));
    refused.errors = "manage.py nudge: error: unrecognized arguments: --qs-context\n";
    EXPECT_FALSE(wants_context_value(refused));
    EXPECT_FALSE(
        wants_context_value(ended(RunStatus::success, "argument --qs-context: expected one argument")));
}

TEST(SiteTask, ItsLastLineSaysWhenItRunsNext) {
    const SiteTaskEnd end = end_of(
        task(), ended(RunStatus::success, "did 3\n_qs_next_run: 2026-01-31T12:00:10.250000+00:00\n\n"));
    EXPECT_EQ(end.status, "success");
    EXPECT_EQ(end.output, "did 3\n_qs_next_run: 2026-01-31T12:00:10.250000+00:00");
    ASSERT_TRUE(next_run_is<TimePoint>(end));
    EXPECT_EQ(std::get<TimePoint>(end.next_run), noon + 10250ms);
    EXPECT_TRUE(end.says_next_run);
}

TEST(SiteTask, OfOneThatSaysNothingTheNextRunStays) {
    for (const char* output : {"", "\n", "_qs_next_run: 2026-01-31T12:00:10+00:00\nand then", "x"}) {
        const SiteTaskEnd end = end_of(task(), ended(RunStatus::success, output));
        EXPECT_EQ(end.status, "success");
        EXPECT_TRUE(next_run_is<SiteTaskEnd::Unchanged>(end)) << output;
        EXPECT_FALSE(end.says_next_run) << output;
    }
    EXPECT_TRUE(next_run_is<SiteTaskEnd::Unchanged>(
        end_of(task(), ended(RunStatus::success, "_qs_next_run: tomorrow"))));
    EXPECT_EQ(end_of(task(), ended(RunStatus::success, " \n")).output, "");
}

TEST(SiteTask, OneThatFailsRunsAgainAfterItsIntervalWhateverItSaid) {
    const SiteTaskEnd end =
        end_of(task(), ended(RunStatus::error, "began\n_qs_next_run: 2026-01-31T12:00:10+00:00\n",
                             "Traceback …\nValueError: x\n"));
    EXPECT_EQ(end.status, "error");
    EXPECT_EQ(end.output, "Task exception nudge[default] --no-color:\n\nbegan\nTraceback …\nValueError: x");
    EXPECT_TRUE(next_run_is<SiteTaskEnd::AfterInterval>(end));
    EXPECT_EQ(end_of(task(""), ended(RunStatus::error, "", "")).output,
              "Task exception nudge[default] :\n\nexit code 1");
}

TEST(SiteTask, WhatIsBeyondItsTimeIsAnErrorThatSaysSo) {
    RunResult result = ended(RunStatus::killed, "began", "");
    result.exit_code.reset();
    result.reason = "not done after 5 s: ended";
    const SiteTaskEnd end = end_of(task(), result);
    EXPECT_EQ(end.status, "error");
    EXPECT_EQ(end.output, "Task exception nudge[default] --no-color:\n\nbegan\nnot done after 5 s: ended");
    EXPECT_TRUE(next_run_is<SiteTaskEnd::AfterInterval>(end));
}

TEST(SiteTask, OneThatIsStoppedWithItsDaemonIsDueStill) {
    const SiteTaskEnd end = end_of(task(), ended(RunStatus::interrupted, "began\n"));
    EXPECT_EQ(end.status, "killed");
    EXPECT_EQ(end.output, "began");
    EXPECT_TRUE(next_run_is<SiteTaskEnd::Unchanged>(end));
}

TEST(SiteTask, OutOfTheOrdinaryIsMoreThanTheMeanAndTwoDeviationsOfMoreThanFiveRuns) {
    EXPECT_EQ(outlier_threshold({5, 1, 0.5}), std::nullopt);
    EXPECT_EQ(outlier_threshold({6, 1, 0.5}), 2.0);
}

struct SiteTaskAlert : ::testing::Test {
    SiteTaskAlert() {
        view.task = task();
        view.task.next_run = noon;
        view.times = {6, 100, 10};
        view.executions = 6;
    }
    TaskAlert after(std::chrono::seconds span, bool queue_busy = false) const {
        return should_alert(view, queue_busy, noon + span);
    }
    SiteTaskView view;
};

TEST_F(SiteTaskAlert, OfWhatRunsForLongerThanUsual) {
    view.open_since = noon;
    EXPECT_EQ(after(120s), TaskAlert::none);
    EXPECT_EQ(after(121s), TaskAlert::exceeds_its_time);
    view.times.count = 5;
    EXPECT_EQ(after(1h), TaskAlert::none) << "nobody knows what is usual";
}

TEST_F(SiteTaskAlert, OfWhatIsOverdueByTwoMinutesUnlessItsQueueIsBusy) {
    EXPECT_EQ(after(120s), TaskAlert::none);
    EXPECT_EQ(after(121s), TaskAlert::overdue);
    EXPECT_EQ(after(121s, true), TaskAlert::none);
    view.task.next_run.reset();
    EXPECT_EQ(after(1h), TaskAlert::none) << "it never runs";
    view.task.next_run = TimePoint::min();
    EXPECT_EQ(after(1h), TaskAlert::overdue);
}

TEST_F(SiteTaskAlert, NotBeforeTheSiteSaysSo) {
    view.postpone_alert_until = noon + 1h;
    EXPECT_EQ(after(30min), TaskAlert::none);
    EXPECT_EQ(after(1h), TaskAlert::overdue);
}

TEST(SiteTask, AQueueIsBusyWithOtherTasks) {
    SiteTaskView running;
    running.task = task();
    running.ongoing = true;
    SiteTask other = task();
    EXPECT_FALSE(is_busy({running}, other)) << "it is itself";
    other.id = 8;
    EXPECT_TRUE(is_busy({running}, other));
    other.queue = "export";
    EXPECT_FALSE(is_busy({running}, other));
}

}  // namespace
}  // namespace postrider
