#include "lib/health/alert_policy.h"

#include "lib/health/alert_text.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct AlertPolicyTest : ::testing::Test {
    AlertPolicyTest() { policy.set_rules({Health::critical, 1min, 15min}); }

    Alert look(std::vector<Check> checks, std::chrono::seconds later = 0s) {
        now += later;
        return policy.look(checks, now);
    }
    /// It is looked at, and whoever is to be told is.
    Alert tell(std::vector<Check> checks, std::chrono::seconds later = 0s) {
        Alert alert = look(std::move(checks), later);
        policy.was_told(alert, now);
        return alert;
    }
    static std::vector<std::string> names(const std::vector<Check>& checks) {
        std::vector<std::string> all;
        for (const Check& each : checks) all.push_back(each.name);
        return all;
    }

    TimePoint now{1770000000s};
    AlertPolicy policy;
    const Check good{"sms", Health::ok, "sending"};
    const Check odd{"sms", Health::warning, "slow"};
    const Check bad{"sms", Health::critical, "stopped: mend the token"};
};

TEST_F(AlertPolicyTest, ATroubleIsToldOnceItHasLasted) {
    EXPECT_TRUE(tell({bad}).empty());
    EXPECT_TRUE(tell({bad}, 59s).empty());
    EXPECT_THAT(names(tell({bad}, 1s).begun), ElementsAre("sms"));
    EXPECT_TRUE(tell({bad}, 5s).empty());
}

TEST_F(AlertPolicyTest, WhatPassesAtOnceIsNotTold) {
    tell({bad});
    tell({good}, 30s);
    EXPECT_TRUE(tell({bad}, 40s).empty());
    EXPECT_TRUE(tell({good}, 40s).empty());
}

TEST_F(AlertPolicyTest, WhileItLastsItIsToldAgainAfterTheQuietTime) {
    tell({bad});
    tell({bad}, 60s);
    EXPECT_TRUE(tell({bad}, 899s).empty());
    const Alert again = tell({bad}, 1s);
    EXPECT_THAT(names(again.lasting), ElementsAre("sms"));
    EXPECT_THAT(again.begun, IsEmpty());
    EXPECT_TRUE(tell({bad}, 899s).empty());
}

TEST_F(AlertPolicyTest, ItsEndIsToldOnceThatHasLastedToo) {
    tell({bad});
    tell({bad}, 60s);
    EXPECT_TRUE(tell({good}, 1s).empty());
    EXPECT_THAT(names(tell({good}, 60s).ended), ElementsAre("sms"));
    EXPECT_TRUE(tell({good}, 900s).empty());
}

TEST_F(AlertPolicyTest, WhatComesAndGoesIsToldNoMoreOftenThanTheQuietTimeSays) {
    int told = 0;
    for (int minute = 0; minute < 60; ++minute)
        told += tell({minute % 4 < 2 ? bad : good}, 60s).begun.empty() ? 0 : 1;
    EXPECT_GE(told, 3);
    EXPECT_LE(told, 4);
}

TEST_F(AlertPolicyTest, WhatCouldNotBeToldIsToldAtTheNextLook) {
    look({bad});
    EXPECT_THAT(look({bad}, 60s).begun, Not(IsEmpty()));
    EXPECT_THAT(look({bad}, 60s).begun, Not(IsEmpty())) << "nobody had been told";
}

TEST_F(AlertPolicyTest, WarningsAreToldWhereThatIsWanted) {
    tell({odd});
    EXPECT_TRUE(tell({odd}, 60s).empty());
    policy.set_rules({Health::warning, 1min, 15min});
    tell({odd}, 60s);
    EXPECT_THAT(names(tell({odd}, 60s).begun), ElementsAre("sms"));
    EXPECT_THAT(names(tell({odd, {"disk", Health::unknown, "?"}}, 0s).begun), IsEmpty());
    EXPECT_THAT(names(tell({odd, {"disk", Health::unknown, "?"}}, 60s).begun), ElementsAre("disk"));
}

TEST_F(AlertPolicyTest, WhatIsCheckedNoMoreIsOver) {
    tell({bad});
    tell({bad}, 60s);
    EXPECT_THAT(names(tell({}, 1s).ended), ElementsAre("sms"));
    EXPECT_TRUE(tell({}, 60s).empty());
}

TEST(AlertText, SaysWhatIsWrongWhereAndWhatIsWellAgain) {
    const Alert alert{{{"channel sms", Health::critical, "stopped: mend the token"}},
                      {{"spool", Health::warning, "full"}},
                      {{"database", Health::ok, "works"}}};
    EXPECT_EQ(alert_subject(alert, "app-1"), "[Postrider app-1] CRITICAL: channel sms, spool");
    EXPECT_EQ(alert_subject({{}, {}, alert.ended}, "app-1"), "[Postrider app-1] OK again: database");
    EXPECT_THAT(
        alert_text(alert, "app-1"),
        AllOf(HasSubstr("What is wrong now:\nCRITICAL channel sms: stopped: mend the token\n"),
              HasSubstr("What is still wrong:\nWARNING spool: full\n"),
              HasSubstr("What is well again:\nOK database: works\n"), HasSubstr("Postrider on app-1")));
    const auto body = boost::json::parse(alert_json(alert, "app-1", TimePoint(1770091506s)));
    EXPECT_EQ(body.at("type").as_string(), "status.alert");
    EXPECT_EQ(body.at("timestamp").as_string(), "2026-02-03T04:05:06.000000Z");
    EXPECT_EQ(body.at("data").at("begun").at(0).at("check").as_string(), "channel sms");
    EXPECT_EQ(body.at("data").at("lasting").at(0).at("health").as_string(), "WARNING");
    EXPECT_EQ(body.at("data").at("ended").at(0).at("text").as_string(), "works");
}

}  // namespace
}  // namespace postrider
