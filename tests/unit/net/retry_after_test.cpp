#include "lib/net/retry_after.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

// 1994-11-06 08:49:37
const TimePoint now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;

std::optional<seconds> wait_in(const std::string& value) {
    HttpAnswer answer;
    answer.headers = {{"retry-after", value}};
    return retry_after(answer, now);
}

TEST(RetryAfter, IsReadInSecondsAndAsADate) {
    EXPECT_EQ(wait_in("0"), 0s);
    EXPECT_EQ(wait_in("120"), 120s);
    EXPECT_EQ(wait_in("Sun, 06 Nov 1994 08:50:37 GMT"), 60s);
}

TEST(RetryAfter, IsNeitherNegativeNorLongerThanADay) {
    EXPECT_EQ(wait_in("Sun, 06 Nov 1994 08:49:00 GMT"), 0s);
    EXPECT_EQ(wait_in("Sun, 06 Nov 2094 08:49:00 GMT"), 24h);
    EXPECT_EQ(wait_in("99999999"), 24h);
    EXPECT_EQ(wait_in("99999999999999999999"), 24h);
}

TEST(RetryAfter, IsNothingWhereItCannotBeUnderstood) {
    for (const char* value : {"", "-5", "soon", "1.5", "5 s", "Sunday, 06-Nov-94 08:49:37 GMT",
                              "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                              "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Abc 1994 08:49:37 GMT"}) {
        EXPECT_EQ(wait_in(value), std::nullopt) << value;
    }
    EXPECT_EQ(retry_after(HttpAnswer(), now), std::nullopt);
}

}  // namespace
}  // namespace postrider
