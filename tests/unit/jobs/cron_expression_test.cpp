#include "lib/jobs/cron_expression.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CronExpression::Wall wall(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
    return local_days(std::chrono::year(year) / month / day) + hours{hour} + minutes{minute};
}

std::string to_text(CronExpression::Wall time) {
    const local_days day = floor<days>(time);
    const year_month_day date(day);
    const auto of_day = time - day;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       of_day.count() / 60, of_day.count() % 60);
}

/// The first so many minutes from 2026-01-31 09:00 (a Saturday) on.
std::vector<std::string> times(const std::string& text, int count = 3,
                               CronExpression::Wall from = wall(2026, 1, 31, 9)) {
    const auto cron = CronExpression::parse(text);
    EXPECT_TRUE(cron) << text << ": " << cron.error().what;
    std::vector<std::string> found;
    for (int i = 0; cron && i < count; ++i) {
        const auto next = cron->next(from);
        if (!next) break;
        found.push_back(to_text(*next));
        from = *next + 1min;
    }
    return found;
}

std::string fault_of(const std::string& text) {
    const auto cron = CronExpression::parse(text);
    return cron ? "" : cron.error().what;
}

TEST(CronExpressions, ATimeOfDayComesEveryDay) {
    EXPECT_THAT(times("0 3 * * *"), ElementsAre("2026-02-01 03:00", "2026-02-02 03:00", "2026-02-03 03:00"));
    EXPECT_THAT(times("59 23 * * *", 2), ElementsAre("2026-01-31 23:59", "2026-02-01 23:59"));
}

TEST(CronExpressions, TheMinuteItselfCounts) {
    EXPECT_THAT(times("0 9 * * *", 1), ElementsAre("2026-01-31 09:00"));
}

TEST(CronExpressions, StarsMatchEverything) {
    EXPECT_THAT(times("* * * * *"), ElementsAre("2026-01-31 09:00", "2026-01-31 09:01", "2026-01-31 09:02"));
}

TEST(CronExpressions, RangesListsAndStepsCombine) {
    EXPECT_THAT(times("*/20 * * * *", 4),
                ElementsAre("2026-01-31 09:00", "2026-01-31 09:20", "2026-01-31 09:40", "2026-01-31 10:00"));
    EXPECT_THAT(times("5-15/5,50 10 * * *", 5),
                ElementsAre("2026-01-31 10:05", "2026-01-31 10:10", "2026-01-31 10:15", "2026-01-31 10:50",
                            "2026-02-01 10:05"));
    EXPECT_THAT(times("0 22-23,1 * * *"),
                ElementsAre("2026-01-31 22:00", "2026-01-31 23:00", "2026-02-01 01:00"));
    EXPECT_THAT(times("0 0 1-31/10 * *", 4),
                ElementsAre("2026-02-01 00:00", "2026-02-11 00:00", "2026-02-21 00:00", "2026-03-01 00:00"));
}

TEST(CronExpressions, MonthsAndDaysOfTheWeekHaveNamesInAnyLetterCase) {
    EXPECT_THAT(times("0 0 1 mar,JUN *", 2), ElementsAre("2026-03-01 00:00", "2026-06-01 00:00"));
    EXPECT_THAT(times("0 0 * * mon-wed", 4),
                ElementsAre("2026-02-02 00:00", "2026-02-03 00:00", "2026-02-04 00:00", "2026-02-09 00:00"));
    EXPECT_THAT(times("0 0 * * Fri-Sun", 4),
                ElementsAre("2026-02-01 00:00", "2026-02-06 00:00", "2026-02-07 00:00", "2026-02-08 00:00"));
}

TEST(CronExpressions, SundayIsZeroAndSeven) {
    for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 7-7"})
        EXPECT_THAT(times(sunday, 2), ElementsAre("2026-02-01 00:00", "2026-02-08 00:00")) << sunday;
}

TEST(CronExpressions, OfTwoRestrictedDaysOneSuffices) {
    EXPECT_THAT(times("0 0 13 * fri", 4),
                ElementsAre("2026-02-06 00:00", "2026-02-13 00:00", "2026-02-20 00:00", "2026-02-27 00:00"));
    EXPECT_THAT(times("0 0 10 * fri", 3),
                ElementsAre("2026-02-06 00:00", "2026-02-10 00:00", "2026-02-13 00:00"));
}

TEST(CronExpressions, ADayThatBeginsWithAStarMustMatchToo) {
    // Every other day of the month, if it is a Monday.
    EXPECT_THAT(times("0 0 */2 * mon", 3),
                ElementsAre("2026-02-09 00:00", "2026-02-23 00:00", "2026-03-09 00:00"));
}

TEST(CronExpressions, MonthsWithoutTheDayAreLeftOut) {
    EXPECT_THAT(times("0 0 31 * *", 3),
                ElementsAre("2026-03-31 00:00", "2026-05-31 00:00", "2026-07-31 00:00"));
    EXPECT_THAT(times("0 0 29 2 *", 2), ElementsAre("2028-02-29 00:00", "2032-02-29 00:00"));
    EXPECT_THAT(times("0 0 29 2 *", 1, wall(2096, 3, 1)), ElementsAre("2104-02-29 00:00"))
        << "2100 is no leap year";
}

TEST(CronExpressions, WordsStandForTheUsualOnes) {
    EXPECT_THAT(times("@hourly", 2), ElementsAre("2026-01-31 09:00", "2026-01-31 10:00"));
    EXPECT_THAT(times("@daily", 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(times("@midnight", 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(times("@weekly", 2), ElementsAre("2026-02-01 00:00", "2026-02-08 00:00"));
    EXPECT_THAT(times("@monthly", 2), ElementsAre("2026-02-01 00:00", "2026-03-01 00:00"));
    EXPECT_THAT(times("@yearly", 1), ElementsAre("2027-01-01 00:00"));
    EXPECT_THAT(times("@ANNUALLY", 1), ElementsAre("2027-01-01 00:00"));
}

TEST(CronExpressions, BlanksBetweenFieldsMayBeMany) {
    EXPECT_THAT(times("  0\t3   * *  *  ", 1), ElementsAre("2026-02-01 03:00"));
}

TEST(CronExpressions, FixedAreThoseWhoseMinuteAndHourDoNotBeginWithAStar) {
    EXPECT_TRUE(CronExpression::parse("30 2 * * *")->is_fixed());
    EXPECT_TRUE(CronExpression::parse("0,30 1-3 * * *")->is_fixed());
    EXPECT_FALSE(CronExpression::parse("30 * * * *")->is_fixed());
    EXPECT_FALSE(CronExpression::parse("*/5 2 * * *")->is_fixed());
    EXPECT_FALSE(CronExpression::parse("@hourly")->is_fixed());
}

TEST(CronExpressions, WhatIsNoneIsRefusedWithTheFieldAndTheReason) {
    EXPECT_THAT(fault_of(""), HasSubstr("it has 0 fields, not 5"));
    EXPECT_THAT(fault_of("0 3 * *"), HasSubstr("it has 4 fields, not 5"));
    EXPECT_THAT(fault_of("0 0 3 * * *"), HasSubstr("it has 6 fields, not 5"));
    EXPECT_EQ(fault_of("60 3 * * *"), "minute: 60 is not between 0 and 59");
    EXPECT_EQ(fault_of("0 24 * * *"), "hour: 24 is not between 0 and 23");
    EXPECT_EQ(fault_of("0 3 0 * *"), "day of the month: 0 is not between 1 and 31");
    EXPECT_EQ(fault_of("0 3 * 13 *"), "month: 13 is not between 1 and 12");
    EXPECT_EQ(fault_of("0 3 * * 8"), "day of the week: 8 is not between 0 and 7");
    EXPECT_EQ(fault_of("0 3 * * mo"), "day of the week: \"mo\" is none");
    EXPECT_EQ(fault_of("mon 3 * * *"), "minute: \"mon\" is none");
    EXPECT_EQ(fault_of("-1 3 * * *"), "minute: \"\" is none");
    EXPECT_EQ(fault_of("1, 3 * * *"), "minute: \"\" is none");
    EXPECT_EQ(fault_of("*5 3 * * *"), "minute: \"*5\" is none");
    EXPECT_EQ(fault_of("9-5 3 * * *"), "minute: \"9-5\" runs backwards");
    EXPECT_EQ(fault_of("*/0 3 * * *"), "minute: \"*/0\": the step is no number above 0");
    EXPECT_EQ(fault_of("*/ 3 * * *"), "minute: \"*/\": the step is no number above 0");
    EXPECT_EQ(fault_of("5/10 3 * * *"), "minute: \"5/10\": a step wants a range before it, such as 5-59");
    EXPECT_EQ(fault_of("0 3 * * 99999999999999999999"), "day of the week: \"99999999999999999999\" is none");
    EXPECT_EQ(fault_of("@reboot"), "\"@reboot\" is not known");
    EXPECT_EQ(fault_of("0 0 30 2 *"), "there is no such day");
    EXPECT_EQ(fault_of("0 0 31 4,6,9,11 *"), "there is no such day");
}

TEST(CronExpressions, ALargeStepMatchesTheFirstOnly) {
    EXPECT_THAT(times("*/2147483647 * * * *", 2), ElementsAre("2026-01-31 09:00", "2026-01-31 10:00"));
}

}  // namespace
}  // namespace postrider
