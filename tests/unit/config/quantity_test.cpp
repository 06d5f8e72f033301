#include "lib/config/quantity.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, ADurationIsDigitsAndOneUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("2s"), 2s);
    EXPECT_EQ(parse_duration("10m"), 10min);
    EXPECT_EQ(parse_duration("24h"), 24h);
    EXPECT_EQ(parse_duration("5d"), 120h);
    EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Quantity, WhatIsNoDurationIsNothing) {
    for (const char* text : {"", "10", "s", "-1s", "1.5h", "1h30m", " 1s", "1 s", "1S", "1w",
                             "99999999999999999999s", "9223372036854775807d", "0x1s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Quantity, ADurationIsShownInItsLargestWholeUnit) {
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(48h), "2d");
    EXPECT_EQ(format_duration(0s), "0s");
}

TEST(Quantity, ARateIsACountForAPeriod) {
    EXPECT_EQ(parse_rate("10/s"), (Rate{10, 1s}));
    EXPECT_EQ(parse_rate("600/min"), (Rate{600, 60s}));
    EXPECT_EQ(parse_rate("10/m"), (Rate{10, 60s}));
    EXPECT_EQ(parse_rate("100/h"), (Rate{100, 3600s}));
    EXPECT_EQ(parse_rate("0.5/s"), (Rate{0.5, 1s}));
}

TEST(Quantity, WhatIsNoRateIsNothing) {
    for (const char* text : {"", "10", "/s", "10/", "10/fortnight", "0/s", "0.0/s", "-1/s", "inf/s", "nan/s",
                             "1e3/s", "1000001/s", "10 /s", "10/s/s", "."}) {
        EXPECT_EQ(parse_rate(text), std::nullopt) << text;
    }
}

TEST(Quantity, AFlagIsAnyOfYamlsOwnWords) {
    for (const char* text : {"true", "True", "yes", "ON"}) EXPECT_EQ(parse_flag(text), true) << text;
    for (const char* text : {"false", "FALSE", "No", "off"}) EXPECT_EQ(parse_flag(text), false) << text;
    for (const char* text : {"", "1", "y", "tRUE", "maybe"})
        EXPECT_EQ(parse_flag(text), std::nullopt) << text;
}

TEST(Quantity, AnIntegerIsDecimal) {
    EXPECT_EQ(parse_integer("010"), 10);
    EXPECT_EQ(parse_integer("-3"), -3);
    for (const char* text : {"", "0x10", "1.0", "1e3", "+1", " 1", "9223372036854775808"}) {
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace postrider
