#include "lib/schedule/iso_time.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint nine = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 9h;

TEST(IsoTime, ReadsWhatRfc3339AndPeopleWrite) {
    for (const char* text : {"2026-01-31T09:00:00Z", "2026-01-31t09:00:00z", "2026-01-31 09:00:00",
                             "2026-01-31T09:00Z", "2026-01-31T10:00:00+01:00", "2026-01-31T10:00:00+0100",
                             "2026-01-31T10:00:00+01", "2026-01-31T03:30:00-05:30"}) {
        EXPECT_EQ(parse_iso_time(text), nine) << text;
    }
    EXPECT_EQ(parse_iso_time("2026-01-31T09:00:00.25Z"), nine + 250ms);
    EXPECT_EQ(parse_iso_time("2026-01-31T09:00:00,1234567Z"), nine + 123456us);
}

TEST(IsoTime, ReadsNothingElse) {
    for (const char* text :
         {"", "tomorrow", "2026-01-31", "2026-02-30T09:00:00Z", "2026-13-01T09:00:00Z",
          "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z", "2026-01-31T09:00:00Zulu", "2026-01-31T09:00:00+1",
          "2026-01-31T09:00:00.Z", "26-01-31T09:00:00Z", "1769850000"}) {
        EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
    }
}

TEST(IsoTime, IsWrittenToTheMicrosecondAndReadBackTheSame) {
    EXPECT_EQ(to_iso_time(nine + 250ms), "2026-01-31T09:00:00.250000Z");
    for (const TimePoint moment : {nine, nine + 1us, TimePoint(-1us), TimePoint{}}) {
        EXPECT_EQ(parse_iso_time(to_iso_time(moment)), moment);
    }
}

}  // namespace
}  // namespace postrider
