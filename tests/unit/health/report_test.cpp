#include "lib/health/report.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report report_of(std::vector<Check> checks) { return Report{std::move(checks)}; }

TEST(Report, IsAsWellAsTheWorstOfItsChecks) {
    using enum Health;
    EXPECT_EQ(report_of({}).health(), ok);
    EXPECT_EQ(report_of({{"a", ok}, {"b", warning}}).health(), warning);
    EXPECT_EQ(report_of({{"a", unknown}, {"b", warning}}).health(), unknown);
    EXPECT_EQ(report_of({{"a", critical}, {"b", unknown}}).health(), critical);
}

TEST(NagiosText, HasVerdictTroubleAndMeasuresInItsFirstLine) {
    const Report report = report_of({{"intake", Health::ok, "all is read", {{"due", 3, "", "10", "20"}}},
                                     {"channel sms", Health::critical, "stopped: credentials refused", {}}});
    EXPECT_EQ(to_nagios(report),
              "POSTRIDER CRITICAL - channel sms: stopped: credentials refused | 'due'=3;10;20;0\n"
              "OK intake: all is read\n"
              "CRITICAL channel sms: stopped: credentials refused\n");
}

TEST(NagiosText, SaysSoWhenAllIsWell) {
    EXPECT_EQ(to_nagios(report_of({{"a", Health::ok, "fine", {}}})),
              "POSTRIDER OK - all is well |\nOK a: fine\n");
}

TEST(NagiosText, NothingInATextOrNameBreaksALineOrBeginsMeasures) {
    const Report report =
        report_of({{"a|b\nc", Health::warning, "x | evil=1\r\ny\x1b[2J", {{"l|a'b=el\n", 1, "", "", ""}}}});
    const std::string text = to_nagios(report);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_EQ(std::count(text.begin(), text.end(), '|'), 1);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\''), 2);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\r")));
    EXPECT_THAT(text, HasSubstr("'l a_b_el '=1;;;0\n"));
}

TEST(NagiosText, ACounterIsWrittenInFull) {
    const Report report = report_of(
        {{"a", Health::ok, "", {{"sent", 12345678, "c", "", ""}, {"lag", 0.125, "s", "60", "300"}}}});
    EXPECT_THAT(to_nagios(report), HasSubstr("| 'sent'=12345678c;;;0 'lag'=0.125s;60;300;0\n"));
}

TEST(NagiosText, WhatIsNoNumberIsUndetermined) {
    const Report report =
        report_of({{"a", Health::ok, "", {{"lag", std::numeric_limits<double>::quiet_NaN(), "s", "", ""}}}});
    EXPECT_THAT(to_nagios(report), HasSubstr("| 'lag'=U\n"));
}

TEST(JsonReport, HasTheVerdictAndEachCheck) {
    const Report report =
        report_of({{"channel \"sms\"", Health::warning, "slow\ndown", {{"due", 3, "", "", ""}}}});
    EXPECT_EQ(boost::json::serialize(to_json(report)),
              R"({"status":"WARNING","checks":[{"name":"channel \"sms\"","status":"WARNING",)"
              R"("text":"slow\ndown","messages":[],"measures":{"due":3E0}}]})");
}

TEST(JsonReport, IsJsonWhateverItMeasures) {
    const double infinity = std::numeric_limits<double>::infinity();
    const Report report =
        report_of({{"a", Health::ok, "", {{"x", infinity, "", "", ""}, {"y", -infinity, "", "", ""}}}});
    const boost::json::value read = boost::json::parse(boost::json::serialize(to_json(report)));
    EXPECT_TRUE(read.at("checks").at(0).at("measures").at("x").is_null());
}

}  // namespace
}  // namespace postrider
