#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct OutboxEvidenceTest : OutboxTest {
    std::set<std::string> recorded(std::vector<std::string> ids, std::chrono::minutes age_max = 60min) {
        return evidence(std::move(ids), ledger->now() - age_max).recorded_ids;
    }
    std::set<Hash> under_way() { return evidence({}, ledger->now()).contents_in_flight; }
    /// A row that a second sender has sent.
    MessageId insert_sent(const std::string& metadata) {
        return insert({.sent_date = ledger->now(), .metadata = metadata});
    }
};

TEST_F(OutboxEvidenceTest, IdsThatAreRecordedForSomeMessageAreTold) {
    record({sent(insert_and_claim())});
    insert_sent(R"({"twilio_sid": ["SM77"]})");
    EXPECT_THAT(recorded({"provider-1", "SM77", "SM99", ""}), ElementsAre("SM77", "provider-1"));
    EXPECT_THAT(recorded({"provider-1", "SM77"}, -60min), IsEmpty());
}

TEST_F(OutboxEvidenceTest, AnAttemptWithoutAnIdIsNoRecordOfTheEmptyOne) {
    record({waiting(insert_and_claim())});
    insert_sent(R"({"": ""})");
    EXPECT_THAT(recorded({""}), IsEmpty());
    EXPECT_THAT(recorded({}), IsEmpty());
}

TEST_F(OutboxEvidenceTest, OfTheJournalWhatEndedBeforeIsNotTold) {
    AttemptResult result = sent(insert_and_claim());
    result.ended -= 10min;
    record({result});
    EXPECT_THAT(recorded({"provider-1"}, 9min), IsEmpty());
    EXPECT_THAT(recorded({"provider-1"}, 11min), ElementsAre("provider-1"));
}

TEST_F(OutboxEvidenceTest, OfRowsWhatWasSentBeforeIsNotTold) {
    insert({.sent_date = ledger->now() - 10min, .metadata = R"({"sid": "SM77"})"});
    EXPECT_THAT(recorded({"SM77"}, 9min), IsEmpty());
    EXPECT_THAT(recorded({"SM77"}, 11min), ElementsAre("SM77"));
}

TEST_F(OutboxEvidenceTest, ARowThatIsNotSentIsNoRecord) {
    insert({.metadata = R"({"sid": "SM77"})"});
    EXPECT_THAT(recorded({"SM77"}), IsEmpty());
}

TEST_F(OutboxEvidenceTest, AnIdIsRecordedOnlyAsAWhole) {
    insert_sent(R"({"sid": "SM771"})");
    insert({.sent_date = ledger->now(), .metadata = std::nullopt});
    EXPECT_THAT(recorded({"SM77", "M771"}), IsEmpty());
}

TEST_F(OutboxEvidenceTest, AnIdMayHoldAnything) {
    insert_sent(R"({"sid": "<a\"b\\c@x>"})");
    EXPECT_THAT(recorded({"<a\"b\\c@x>"}), ElementsAre("<a\"b\\c@x>"));
    EXPECT_THAT(recorded({"%", "_", "SM\xff"}), IsEmpty());
}

TEST_F(OutboxEvidenceTest, AcceptanceThatWasLearnedLateIsARecordToo) {
    const Claimed claimed = insert_and_claim();
    record({waiting(claimed)});
    EXPECT_THAT(recorded({"provider-1"}), IsEmpty());
    record({sent(claimed)});
    EXPECT_THAT(recorded({"provider-1"}), ElementsAre("provider-1"));
}

TEST_F(OutboxEvidenceTest, ContentsUnderWayAreToldWhoeverSendsThem) {
    auto first = request(insert());
    first.content_hash.fill(0xab);
    auto second = request(insert());
    second.content_hash.fill(0xcd);
    second.channel = "another of the same account";
    EXPECT_THAT(under_way(), IsEmpty());
    claim({first});
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
    claim({second});
    EXPECT_THAT(under_way(), UnorderedElementsAre(first.content_hash, second.content_hash));
}

TEST_F(OutboxEvidenceTest, WhatIsInDoubtOrHasEndedIsNotUnderWay) {
    auto first = request(insert());
    first.content_hash.fill(0xab);
    auto second = request(insert());
    second.content_hash.fill(0xcd);
    const Claimed doubtful = claim_it(first);
    const Claimed fails = claim_it(second);
    record({in_doubt(doubtful)});
    EXPECT_THAT(under_way(), ElementsAre(second.content_hash));
    record({waiting(fails)});
    EXPECT_THAT(under_way(), IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
