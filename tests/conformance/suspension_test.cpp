#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct OutboxSuspensionTest : OutboxTest {
    static Suspension suspended(const std::string& channel) {
        Suspension made;
        made.channel = channel;
        made.since = TimePoint(std::chrono::sys_days{std::chrono::year{2021} / 1 / 1});
        return made;
    }
    std::vector<Suspension> suspensions() { return result_of(outbox->read_suspensions()); }
    std::size_t granted_on(const std::string& channel) {
        ClaimRequest wanted = request(insert());
        wanted.channel = channel;
        return claims_granted(wanted);
    }
};

TEST_F(OutboxSuspensionTest, NothingIsSuspendedAtFirst) {
    EXPECT_THAT(suspensions(), IsEmpty());
    EXPECT_EQ(granted_on("sms"), 1u);
}

TEST_F(OutboxSuspensionTest, NothingOfASuspendedChannelIsGrantedAndAllOfOthers) {
    ledger->set_suspensions({suspended("sms")});
    EXPECT_EQ(granted_on("sms"), 0u);
    EXPECT_EQ(granted_on("mail"), 1u);
    ledger->set_suspensions({});
    EXPECT_EQ(granted_on("sms"), 1u);
}

TEST_F(OutboxSuspensionTest, WhereAllAreSuspendedNothingIsGranted) {
    ledger->set_suspensions({suspended("")});
    EXPECT_EQ(granted_on("sms"), 0u);
    EXPECT_EQ(granted_on("mail"), 0u);
}

TEST_F(OutboxSuspensionTest, OnACopyNothingIsGranted) {
    Suspension copy = suspended("");
    copy.copy_found = true;
    ledger->set_suspensions({copy});
    EXPECT_EQ(granted_on("sms"), 0u);
}

TEST_F(OutboxSuspensionTest, EachIsToldWithAllThatWasSaid) {
    Suspension one = suspended("sms");
    one.until = ledger->now() + 1h;
    one.reason = "bad link";
    Suspension all = suspended("");
    all.copy_found = true;
    all.reason = "another server";
    ledger->set_suspensions({one, all, suspended("")});
    EXPECT_THAT(suspensions(), UnorderedElementsAre(one, all, suspended("")));
}

TEST_F(OutboxSuspensionTest, ASuspensionWithAnEndEndsByItself) {
    Suspension over = suspended("sms");
    over.until = ledger->now() - 1s;
    Suspension holds = suspended("mail");
    holds.until = ledger->now() + 1h;
    ledger->set_suspensions({over, holds});
    EXPECT_EQ(granted_on("sms"), 1u);
    EXPECT_EQ(granted_on("mail"), 0u);
    EXPECT_THAT(suspensions(), ElementsAre(holds));
}

TEST_F(OutboxSuspensionTest, ItHoldsUntilTheVeryMomentOfItsEnd) {
    const ClaimRequest wanted = request(insert());
    Suspension ends = suspended(wanted.channel);
    ends.until = ledger->now() + 1h;
    ledger->set_suspensions({ends});
    const auto granted_at = [&](TimePoint now) {
        return claim({wanted}, {now, now, TimePoint::min()}).size();
    };
    EXPECT_EQ(granted_at(*ends.until - 1us), 0u);
    EXPECT_EQ(granted_at(*ends.until), 1u);
}

TEST_F(OutboxSuspensionTest, WhatIsUnderWayIsRecordedAndItsRowReadAllTheSame) {
    const Claimed claimed = insert_and_claim();
    const MessageId waits = insert();
    ledger->set_suspensions({suspended("")});
    record({sent(claimed)});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_THAT(due_ids(), ElementsAre(waits));
}

}  // namespace
}  // namespace postrider::testing
