#include "lib/dispatch/waiting_reasons.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TimePoint noon{std::chrono::seconds{1893499200}};

WaitFacts facts(TimePoint not_before = noon - 1h, const std::string& reason = "its send date") {
    Admitted admitted{"sms", {}};
    admitted.waiting.not_before = not_before;
    admitted.waiting.reason = reason;
    return {.admission = admitted, .now = noon};
}

std::vector<std::string> whats(const WaitFacts& facts) {
    std::vector<std::string> all;
    for (const WaitReason& each : reasons_to_wait(facts)) all.emplace_back(each.what);
    return all;
}

WaitReason only(const WaitFacts& facts) {
    const auto all = reasons_to_wait(facts);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? WaitReason{} : all[0];
}

TEST(ReasonsToWait, ThereIsNoneOnceTheVerdictOnTimeLetsItGo) {
    EXPECT_THAT(whats(facts(noon)), IsEmpty());
    EXPECT_THAT(whats(facts(noon - 1s)), IsEmpty());
}

TEST(ReasonsToWait, TheVerdictOnTimeSaysWhyAndUntilWhen) {
    const WaitReason reason = only(facts(noon + 7s, "its next try"));
    EXPECT_EQ(reason.what, "time");
    EXPECT_EQ(reason.reason, "its next try");
    EXPECT_EQ(reason.until, noon + 7s);
}

TEST(ReasonsToWait, WhatIsNeverDueHasNoEnd) {
    const WaitReason reason = only(facts(TimePoint::max()));
    EXPECT_THAT(reason.reason, HasSubstr("infinity"));
    EXPECT_EQ(reason.until, std::nullopt);
}

TEST(ReasonsToWait, AMessageThatWillBeGivenUpSaysWhy) {
    WaitFacts given_up = facts();
    std::get<Admitted>(given_up.admission).waiting.refusal = "expired";
    EXPECT_THAT(only(given_up).reason, HasSubstr("errored: expired"));
}

TEST(ReasonsToWait, WhatOperatorsSaidComesFirst) {
    WaitFacts held = facts(noon + 1h);
    held.hold = {noon - 1h, "wrong dose"};
    held.delivery_hold = "delivery: hold";
    held.suspensions.push_back({"sms", false, noon, noon + 2h, "bad link"});
    held.late = true;
    EXPECT_THAT(whats(held), ElementsAre("hold", "lateness", "delivery", "suspension", "time"));
    const auto all = reasons_to_wait(held);
    EXPECT_THAT(all[0].reason, HasSubstr("wrong dose"));
    EXPECT_EQ(all[0].since, noon - 1h);
    EXPECT_EQ(all[3].reason, "channel sms is suspended: bad link");
    EXPECT_EQ(all[3].until, noon + 2h);
}

TEST(ReasonsToWait, AnotherChannelsSuspensionIsNone) {
    WaitFacts other = facts();
    other.suspensions.push_back({"mail", false, noon, std::nullopt, ""});
    EXPECT_THAT(whats(other), IsEmpty());
}

TEST(ReasonsToWait, WhatIntakeLeavesSaysItsReasonAndNothingOfTime) {
    WaitFacts left = facts(noon + 1h);
    left.admission = LeftAlone{"a dialog, left to the site", true};
    left.suspensions.push_back({"", false, noon, std::nullopt, ""});
    EXPECT_THAT(whats(left), ElementsAre("suspension", "intake"));
    EXPECT_THAT(reasons_to_wait(left)[1].reason, HasSubstr("a dialog"));
}

TEST(ReasonsToWait, AnAttemptThatIsOpenSaysWhetherItIsInDoubt) {
    WaitFacts open = facts();
    open.attempt = WaitFacts::OpenAttempt{std::nullopt, ""};
    EXPECT_EQ(only(open).reason, "it is being sent");
    open.attempt = {noon - 1min, "no answer"};
    EXPECT_THAT(only(open).reason, HasSubstr("in doubt, and looked into: no answer"));
    EXPECT_EQ(only(open).since, noon - 1min);
}

TEST(ReasonsToWait, AnEarlierMessageInDoubtHoldsItBackNoLongerThanOrderHold) {
    WaitFacts behind = facts();
    behind.before = {17, noon - 1min};
    behind.order_hold = 10min;
    EXPECT_EQ(only(behind).what, "conversation");
    EXPECT_THAT(only(behind).reason, HasSubstr("message 17"));
    EXPECT_EQ(only(behind).until, noon + 9min);
    behind.order_hold = 1min;
    EXPECT_THAT(whats(behind), IsEmpty());
    behind.before = {17, std::nullopt};
    EXPECT_THAT(only(behind).reason, HasSubstr("is being sent"));
}

TEST(ReasonsToWait, WhoIsSentNothingIsSaid) {
    WaitFacts suppressed = facts();
    suppressed.suppressed = {"stop", noon - 24h};
    EXPECT_THAT(only(suppressed).reason, HasSubstr("(stop): it will be errored"));
}

}  // namespace
}  // namespace postrider
