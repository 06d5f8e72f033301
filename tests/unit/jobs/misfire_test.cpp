#include "lib/jobs/misfire.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint nine = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 9h;

JobSchedule daily() {
    return JobSchedule::cron(*CronExpression::parse("0 9 * * *"), TimeZone{}, "0 9 * * *", "UTC");
}

struct MisfireTest : ::testing::Test {
    RunPlan plan(const JobSchedule& schedule, TimePoint due, TimePoint now, Misfire misfire) {
        return plan_run(schedule, due, now, misfire);
    }
};

TEST_F(MisfireTest, WhatIsInTimeRunsWhateverThePolicy) {
    for (const Misfire misfire : {Misfire::skip, Misfire::once, Misfire::catch_up}) {
        const RunPlan plan = plan_run(JobSchedule::every(10s), nine, nine + 3ms, misfire);
        EXPECT_EQ(plan.run, nine);
        EXPECT_EQ(plan.next, nine + 10s);
        EXPECT_EQ(plan_run(daily(), nine, nine, misfire).next, nine + 24h);
    }
}

TEST_F(MisfireTest, OnceIsOneRunForAll) {
    EXPECT_EQ(plan(JobSchedule::every(10s), nine, nine + 1h + 5s, Misfire::once).run, nine);
    EXPECT_EQ(plan(JobSchedule::every(10s), nine, nine + 1h + 5s, Misfire::once).next, nine + 1h + 10s);
    EXPECT_EQ(plan(daily(), nine, nine + 49h, Misfire::once).next, nine + 72h);
}

TEST_F(MisfireTest, SkippedIsWhatIsMoreThanAMinuteLate) {
    EXPECT_EQ(plan(daily(), nine, nine + 1min, Misfire::skip).run, nine);
    const RunPlan late = plan(daily(), nine, nine + 1min + 1us, Misfire::skip);
    EXPECT_EQ(late.run, std::nullopt);
    EXPECT_EQ(late.next, nine + 24h);
    const RunPlan interval = plan(JobSchedule::every(10min), nine, nine + 35min, Misfire::skip);
    EXPECT_EQ(interval.run, std::nullopt);
    EXPECT_EQ(interval.next, nine + 40min);
    EXPECT_EQ(plan(JobSchedule::every(10min), nine, nine + 40min, Misfire::skip).run, nine + 40min);
    const RunPlan dense = plan(JobSchedule::every(1ms), nine, nine + 24h, Misfire::skip);
    EXPECT_TRUE(dense.run);
    EXPECT_EQ(dense.next, nine + 24h + 1ms);
}

TEST_F(MisfireTest, AOneOffThatIsSkippedNeverRuns) {
    const RunPlan late = plan(JobSchedule::at(nine), nine, nine + 1h, Misfire::skip);
    EXPECT_EQ(late.run, std::nullopt);
    EXPECT_EQ(late.next, std::nullopt);
    const RunPlan once = plan(JobSchedule::at(nine), nine, nine + 1h, Misfire::once);
    EXPECT_EQ(once.run, nine);
    EXPECT_EQ(once.next, std::nullopt);
}

TEST_F(MisfireTest, CaughtUpIsEachOneAfterTheOther) {
    const TimePoint now = nine + 49h;
    TimePoint due = nine;
    for (int day = 0; day < 3; ++day) {
        const RunPlan next = plan(daily(), due, now, Misfire::catch_up);
        EXPECT_EQ(next.run, nine + day * 24h);
        due = next.next.value();
    }
    EXPECT_GT(due, now);
}

TEST_F(MisfireTest, NoneIsCaughtUpAfterThirtyDays) {
    const TimePoint now = nine + 24h * 100;
    EXPECT_EQ(plan(daily(), nine, now, Misfire::catch_up).run, nine + 24h * 70);
    EXPECT_EQ(plan(JobSchedule::every(7h), nine, now, Misfire::catch_up).run, nine + 7h * 240);
    const RunPlan once = plan(JobSchedule::at(nine), nine, now, Misfire::catch_up);
    EXPECT_EQ(once.run, std::nullopt);
    EXPECT_EQ(once.next, std::nullopt);
}

}  // namespace
}  // namespace postrider
