#include "lib/jobs/job_schedule.h"

#include "lib/schedule/iso_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TimePoint at(const std::string& text) { return parse_iso_time(text).value(); }

JobSchedule cron(const std::string& text, const std::string& zone = "America/Chicago") {
    return JobSchedule::cron(*CronExpression::parse(text), TimeZone::find(zone).value(), text, zone);
}

/// Up to `until`, from `from` on, without the seconds.
std::vector<std::string> times(const JobSchedule& schedule, const std::string& from,
                               const std::string& until) {
    std::vector<std::string> found;
    for (auto next = schedule.next(at(from)); next && *next <= at(until); next = schedule.next(*next))
        found.push_back(to_iso_time(*next).substr(0, 16));
    return found;
}

TEST(JobSchedules, AnIntervalBeginsAtOnceAndKeepsItsGrid) {
    const JobSchedule schedule = JobSchedule::every(10s);
    const TimePoint start = at("2026-01-31T09:00:00.25Z");
    EXPECT_EQ(schedule.first(start), start);
    EXPECT_EQ(schedule.next(start), start + 10s);
    EXPECT_EQ(schedule.next_after(start, start + 25s), start + 30s);
    EXPECT_EQ(schedule.next_after(start, start + 30s), start + 40s);
    EXPECT_EQ(schedule.next_after(start, start), start + 10s);
    EXPECT_EQ(schedule.next_after(start, start + 24h * 3650), start + 24h * 3650 + 10s);
    EXPECT_EQ(schedule.text(), "every 10s");
    EXPECT_EQ(JobSchedule::every(90min).text(), "every 90m");
}

TEST(JobSchedules, OnceIsOnce) {
    const TimePoint moment = at("2026-12-01T09:00Z");
    const JobSchedule schedule = JobSchedule::at(moment);
    EXPECT_EQ(schedule.first(at("2026-01-01T00:00Z")), moment);
    EXPECT_EQ(schedule.first(at("2027-01-01T00:00Z")), moment) << "however late it is first known";
    EXPECT_EQ(schedule.next(moment), std::nullopt);
    EXPECT_EQ(schedule.next_after(moment, moment + 24h), std::nullopt);
}

TEST(JobSchedules, ACalendarGoesByTheClocksOfItsPlace) {
    EXPECT_THAT(times(cron("0 3 * * *"), "2026-01-31T09:00Z", "2026-02-02T12:00Z"),
                ElementsAre("2026-02-01T09:00", "2026-02-02T09:00"));
    EXPECT_THAT(times(cron("0 3 * * *"), "2026-07-01T08:00Z", "2026-07-02T12:00Z"),
                ElementsAre("2026-07-02T08:00"));
    EXPECT_THAT(times(cron("0 3 * * *", "UTC"), "2026-01-31T09:00Z", "2026-02-01T12:00Z"),
                ElementsAre("2026-02-01T03:00"));
    EXPECT_THAT(times(cron("30 5 * * *", "Asia/Kathmandu"), "2026-01-31T09:00Z", "2026-02-01T12:00Z"),
                ElementsAre("2026-01-31T23:45"));
    EXPECT_EQ(cron("0 3 * * *").text(), "cron 0 3 * * * (America/Chicago)");
    EXPECT_EQ(cron("0 3 * * *").first(at("2026-02-01T09:00Z")), at("2026-02-02T09:00Z"))
        << "not at once: the minute has begun";
}

// In Chicago on 2026-03-08 clocks went from 01:59:59 (UTC-6) to 03:00 (UTC-5), at 08:00 UTC.

TEST(JobSchedules, WhatIsToRunInTheHourLeftOutRunsOnceRightAfterIt) {
    EXPECT_THAT(times(cron("30 2 * * *"), "2026-03-07T00:00Z", "2026-03-10T00:00Z"),
                ElementsAre("2026-03-07T08:30", "2026-03-08T08:00", "2026-03-09T07:30"));
    EXPECT_THAT(times(cron("0,15,30 2 * * *"), "2026-03-08T00:00Z", "2026-03-08T23:00Z"),
                ElementsAre("2026-03-08T08:00"));
    EXPECT_THAT(times(cron("0,30 1-3 * * *"), "2026-03-08T00:00Z", "2026-03-08T23:00Z"),
                ElementsAre("2026-03-08T07:00", "2026-03-08T07:30", "2026-03-08T08:00", "2026-03-08T08:30"));
}

TEST(JobSchedules, WhatRunsByTheClockLeavesThatHourOut) {
    EXPECT_THAT(times(cron("30 * * * *"), "2026-03-08T06:00Z", "2026-03-08T10:00Z"),
                ElementsAre("2026-03-08T06:30", "2026-03-08T07:30", "2026-03-08T08:30", "2026-03-08T09:30"));
    EXPECT_THAT(times(cron("*/30 2 * * *"), "2026-03-08T00:00Z", "2026-03-08T23:00Z"), IsEmpty());
}

// On 2026-11-01 they went from 01:59:59 (UTC-5) back to 01:00 (UTC-6), at 07:00 UTC.

TEST(JobSchedules, WhatRunsInTheHourThatComesTwiceRunsTheFirstTime) {
    EXPECT_THAT(times(cron("30 1 * * *"), "2026-10-31T00:00Z", "2026-11-03T00:00Z"),
                ElementsAre("2026-10-31T06:30", "2026-11-01T06:30", "2026-11-02T07:30"));
    EXPECT_EQ(cron("30 1 * * *").first(at("2026-11-01T07:10Z")), at("2026-11-02T07:30Z"))
        << "a daemon that starts in the second of them";
    EXPECT_THAT(times(cron("0,30 1-2 * * *"), "2026-11-01T00:00Z", "2026-11-01T23:00Z"),
                ElementsAre("2026-11-01T06:00", "2026-11-01T06:30", "2026-11-01T08:00", "2026-11-01T08:30"));
}

TEST(JobSchedules, WhatRunsByTheClockRunsBothTimes) {
    EXPECT_THAT(times(cron("30 * * * *"), "2026-11-01T05:00Z", "2026-11-01T09:00Z"),
                ElementsAre("2026-11-01T05:30", "2026-11-01T06:30", "2026-11-01T07:30", "2026-11-01T08:30"));
    EXPECT_THAT(times(cron("*/30 1 * * *"), "2026-11-01T00:00Z", "2026-11-01T23:00Z"),
                ElementsAre("2026-11-01T06:00", "2026-11-01T06:30", "2026-11-01T07:00", "2026-11-01T07:30"));
}

TEST(JobSchedules, ClocksThatMoveByHalfAnHourAreNoDifferent) {
    // Lord Howe Island: on 2026-10-04 from 02:00 (UTC+10:30) to 02:30 (UTC+11).
    EXPECT_THAT(times(cron("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T00:00Z", "2026-10-05T00:00Z"),
                ElementsAre("2026-10-03T15:30", "2026-10-04T15:15"));
}

TEST(JobSchedules, TheyRunForwardOverYears) {
    for (const char* text : {"30 2 * * *", "30 1 * * *", "*/7 * * * *", "0 12 29 2 *"}) {
        const JobSchedule schedule = cron(text);
        TimePoint last = at("2026-01-01T00:00Z");
        for (int i = 0; i < 2000; ++i) {
            const auto next = schedule.next(last);
            ASSERT_TRUE(next) << text;
            ASSERT_GT(*next, last) << text;
            last = *next;
        }
    }
}

TEST(WallTimes, AreOfTheZoneUnlessTheySayOtherwise) {
    const TimeZone chicago = TimeZone::find("America/Chicago").value();
    EXPECT_EQ(parse_wall_time("2026-12-01T03:00", chicago), at("2026-12-01T09:00Z"));
    EXPECT_EQ(parse_wall_time("2026-12-01 03:00:01.5", chicago), at("2026-12-01T09:00:01.5Z"));
    EXPECT_EQ(parse_wall_time("2026-12-01T03:00Z", chicago), at("2026-12-01T03:00Z"));
    EXPECT_EQ(parse_wall_time("2026-12-01T03:00+01:00", chicago), at("2026-12-01T02:00Z"));
    EXPECT_EQ(parse_wall_time("2026-03-08T02:30", chicago), at("2026-03-08T08:00Z")) << "there is none";
    EXPECT_EQ(parse_wall_time("2026-11-01T01:30", chicago), at("2026-11-01T06:30Z")) << "there are two";
    EXPECT_EQ(parse_wall_time("2026-12-01", chicago), std::nullopt);
    EXPECT_EQ(parse_wall_time("tomorrow", chicago), std::nullopt);
}

TEST(TimeZones, AreKnownByTheirNames) {
    EXPECT_TRUE(TimeZone::find("UTC"));
    EXPECT_TRUE(TimeZone::find("Europe/Berlin"));
    EXPECT_FALSE(TimeZone::find("Mars/Base"));
}

}  // namespace
}  // namespace postrider
