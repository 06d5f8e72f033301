#include "lib/store/sql_time.h"

#include "tests/integration/test_database.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using std::chrono::microseconds;

struct SqlTimeTest : ::testing::Test {
    TimePoint read(const std::string& moment) {
        return from_sql_time(db.text("select " + sql_time("'" + moment + "'::timestamptz")));
    }
    std::string there_and_back(TimePoint moment) {
        return db.text("select " +
                       sql_time(sql_timestamp("'" + std::to_string(to_sql_time(moment)) + "'::bigint")));
    }
    testing::TestDatabase db;
};

TEST_F(SqlTimeTest, IsExactToTheMicrosecondWhereverTheCalendarGoes) {
    EXPECT_EQ(read("1970-01-01 00:00:00+00"), TimePoint());
    EXPECT_EQ(read("2026-03-01 10:00:00.000001+02"), TimePoint(microseconds{1772352000000001}));
    EXPECT_EQ(read("1969-12-31 23:59:59.999999+00"), TimePoint(microseconds{-1}));
    EXPECT_EQ(read("9999-12-31 23:59:59.999999+00"), TimePoint(microseconds{253402300799999999}));
    EXPECT_EQ(read("4714-11-24 00:00:00+00 BC"), TimePoint(microseconds{-210866803200000000}));
    for (const std::int64_t since_1970 :
         {0L, 1L, -1L, 1772352000000001L, 253402300799999999L, -210866803200000000L}) {
        const TimePoint moment(microseconds{since_1970});
        EXPECT_EQ(from_sql_time(there_and_back(moment)), moment) << since_1970;
    }
}

TEST_F(SqlTimeTest, InfinitiesAreTheFirstAndTheLastMoment) {
    EXPECT_EQ(read("-infinity"), TimePoint::min());
    EXPECT_EQ(read("infinity"), TimePoint::max());
    EXPECT_EQ(from_sql_time(there_and_back(TimePoint::min())), TimePoint::min());
    EXPECT_EQ(from_sql_time(there_and_back(TimePoint::max())), TimePoint::max());
    EXPECT_EQ(read("294276-12-31 23:59:59+00"), TimePoint::max()) << "beyond what fits";
}

TEST_F(SqlTimeTest, WhatIsNoMomentIsAnError) {
    for (const char* text : {"", "0", "00000000000000000", "000000000000000g", "2026-03-01 10:00:00"}) {
        EXPECT_THROW(from_sql_time(text), std::runtime_error) << text;
    }
}

}  // namespace
}  // namespace postrider
