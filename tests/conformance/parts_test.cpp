// Messages in several parts, one request each.
#include "tests/conformance/outbox_test.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct OutboxPartsTest : OutboxTest {
    std::vector<std::string> texts(const boost::json::value& list) {
        std::vector<std::string> all;
        for (const auto& each : list.as_array()) all.emplace_back(each.as_string());
        return all;
    }
    /// Part `part`, whose content is told by one number.
    Claimed claim_content(MessageId id, int part, int parts, unsigned char number, AttemptId known_end = 0) {
        ClaimRequest wanted = request(id);
        wanted.part = part;
        wanted.parts = parts;
        wanted.content_hash.fill(number);
        wanted.known_end = known_end;
        return claim_it(wanted);
    }
    static Hash content(unsigned char number) {
        Hash hash{};
        hash.fill(number);
        return hash;
    }
    AttemptResult last_part(const Claimed& claimed, const std::string& provider_id) {
        return result(claimed, Disposition::sent, Outcome::sent(provider_id, {{"sids", {provider_id}}}));
    }
};

TEST_F(OutboxPartsTest, PartsGoOneAfterTheOtherAndARetryBeginsAtTheFirstThatWasNotAccepted) {
    const MessageId id = insert();
    const std::string version = ledger->row_version(id);
    record({next_part(claim_part(id, 1, 3), "P1")});
    EXPECT_EQ(read(id).next_part, 2);
    EXPECT_FALSE(read(id).journaled_end) << "its message still waits";
    EXPECT_EQ(ledger->row_version(id), version);

    record({waiting(claim_part(id, 2, 3))});
    EXPECT_EQ(read(id).next_part, 2);

    record({next_part(claim_part(id, 2, 3), "P2")});
    EXPECT_EQ(read(id).next_part, 3);
    record({last_part(claim_part(id, 3, 3), "P3")});
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(texts(boost::json::parse(row(id).metadata.value()).at("sids")),
                ElementsAre("P1", "P2", "P3"));
    std::vector<std::string> parts;
    const boost::json::value attempts = marker(id, "attempts");
    for (const auto& attempt : attempts.as_array()) {
        parts.emplace_back(attempt.at("part").as_string());
    }
    EXPECT_THAT(parts, ElementsAre("1/3", "2/3", "2/3", "3/3"));
}

TEST_F(OutboxPartsTest, AnAcceptedPartSpendsNoTryAndMayBeFollowedAtOnce) {
    const MessageId id = insert();
    AttemptResult accepted = next_part(claim_part(id, 1, 2), "P1");
    accepted.retry_at = accepted.ended;
    record({accepted});
    EXPECT_EQ(read(id).failed_attempts, 0);
    EXPECT_EQ(read(id).retry_at, accepted.ended);
    EXPECT_FALSE(read(id).repeated_key);
}

TEST_F(OutboxPartsTest, TheEndOfSeveralPartsRemembersAllOfThem) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 2), "P1")});
    record({last_part(claim_part(id, 2, 2), "P2")});
    save_stale(id);
    const JournaledEnd end = read(id).journaled_end.value();
    EXPECT_EQ(end.metadata, R"({"sids":["P1","P2"]})");
    EXPECT_EQ(end.part, 2);
}

TEST_F(OutboxPartsTest, AMessageGivenUpHalfwayTellsOfThePartsThatWereAccepted) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 2), "P1")});
    record({given_up(claim_part(id, 2, 2))});
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(texts(boost::json::parse(row(id).metadata.value()).at("sids")), ElementsAre("P1"));
    save_stale(id);
    EXPECT_EQ(read(id).journaled_end.value().metadata, R"({"sids":["P1"]})");
}

TEST_F(OutboxPartsTest, AfterAResetItBeginsWithTheFirstPartAgain) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 2), "P1")});
    record({given_up(claim_part(id, 2, 2))});
    reset(id);
    EXPECT_EQ(read(id).next_part, 1);
    EXPECT_EQ(read(id).last_attempt, 0);
}

TEST_F(OutboxPartsTest, AMessageThatWasGivenUpTellsWhichPartsHadBeenAccepted) {
    const MessageId id = insert();
    record({next_part(claim_content(id, 1, 4, 1), "P1")});
    record({waiting(claim_content(id, 2, 4, 9))});
    record({next_part(claim_content(id, 2, 4, 2), "P2")});
    record({given_up(claim_content(id, 3, 4, 3))});
    reset(id);
    EXPECT_THAT(read(id).journaled_end.value().accepted, ElementsAre(content(1), content(2)));
}

TEST_F(OutboxPartsTest, ARunThatGoesOnAfterAResetTellsOfThePartsBeforeItToo) {
    const MessageId id = insert();
    record({next_part(claim_content(id, 1, 3, 1), "P1")});
    const Claimed fails = claim_content(id, 2, 3, 2);
    record({given_up(fails)});
    reset(id);
    const AttemptId end = fails.claim.attempt.id;
    record({next_part(claim_content(id, 2, 3, 2, end), "P2")});
    const Claimed fails_again = claim_content(id, 3, 3, 3, end);
    record({given_up(fails_again)});
    reset(id);
    EXPECT_THAT(read(id).journaled_end.value().accepted, ElementsAre(content(1), content(2)));
    record({last_part(claim_content(id, 3, 3, 3, fails_again.claim.attempt.id), "P3")});
    EXPECT_THAT(texts(boost::json::parse(row(id).metadata.value()).at("sids")),
                ElementsAre("P1", "P2", "P3"));
}

TEST_F(OutboxPartsTest, PartsOfAMessageThatWasSentWholeAreNoPartsOfTheNextUnderItsId) {
    const MessageId id = insert();
    record({next_part(claim_content(id, 1, 2, 1), "P1")});
    const Claimed last = claim_content(id, 2, 2, 2);
    record({last_part(last, "P2")});
    save_stale(id);
    EXPECT_EQ(read(id).journaled_end.value().accepted.size(), 0u) << "it was not given up";
    record({given_up(claim_content(id, 1, 2, 3, last.claim.attempt.id))});
    reset(id);
    EXPECT_EQ(read(id).journaled_end.value().accepted.size(), 0u);
}

TEST_F(OutboxPartsTest, WhatAPartBroughtIsKnownWhenTheNextIsPrepared) {
    const MessageId id = insert();
    const Claimed first = claim_part(id, 1, 2);
    AttemptResult result = next_part(first, "P1");
    result.outcome.metadata["url_mappings"] = {{"https://x.org/long", "https://s/1"}};
    EXPECT_EQ(read(insert()).part_metadata, "");
    record({result});
    EXPECT_THAT(read(id).part_metadata, HasSubstr("https://s/1"));
    EXPECT_EQ(read(id).next_part, 2);
}

}  // namespace
}  // namespace postrider::testing
