#include "lib/net/internet_date.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

const TimePoint moment = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;

TEST(InternetDate, IsReadAsHttpAndMailWriteIt) {
    EXPECT_EQ(internet_date("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
    EXPECT_EQ(internet_date("Sun, 06 Nov 1994 08:49:37 +0000"), moment);
}

TEST(InternetDate, CountsAnOffsetFromUtc) {
    EXPECT_EQ(internet_date("Sun, 06 Nov 1994 10:19:37 +0130"), moment);
    EXPECT_EQ(internet_date("Sun, 06 Nov 1994 02:49:37 -0600"), moment);
}

TEST(InternetDate, IsNothingWhereItCannotBeUnderstood) {
    for (const char* text :
         {"", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 ",
          "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 +00000",
          "Sun, 06 Nov 1994 08:49:37 +0a00", "Sun, 06 Nov 1994 08:49:37 +0060",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Abc 1994 08:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
          "1994-11-06T08:49:37Z and more of it"}) {
        EXPECT_EQ(internet_date(text), std::nullopt) << text;
    }
}

TEST(InternetDate, IsWrittenAsHttpWritesIt) {
    EXPECT_EQ(to_internet_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(to_internet_date(moment + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
    const TimePoint leap_day = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);
    EXPECT_EQ(to_internet_date(leap_day), "Thu, 29 Feb 2024 00:00:00 GMT");
    EXPECT_EQ(to_internet_date(leap_day - 1us), "Wed, 28 Feb 2024 23:59:59 GMT");
}

TEST(InternetDate, IsReadAsItWasWritten) {
    for (TimePoint when = moment; when < moment + 24h * 800; when += 24h * 13 + 7h + 11min + 13s) {
        EXPECT_EQ(internet_date(to_internet_date(when)), when);
    }
}

}  // namespace
}  // namespace postrider
