// What operators do to messages: retry, cancel, hold, release, handled.
#include "lib/store/message_actions.h"

#include "lib/crypto/secret_box.h"
#include "lib/dispatch/result_metadata.h"
#include "lib/store/housekeeping.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

#include <future>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct MessageActionsTest : OutboxLoopTest {
    /// A message that a provider refused for good, by code `code`.
    MessageId insert_errored(const std::string& code = "21211", Verdict verdict = Verdict::rejected,
                             const std::string& set = "") {
        const Claimed claimed = insert_and_claim(set);
        Outcome outcome = Outcome::failed(verdict, "why");
        outcome.metadata["error"] = "why";
        outcome.metadata["provider_error_code"] = code;
        record({result(claimed, Disposition::given_up, std::move(outcome))});
        return claimed.message.key.id;
    }
    MessageActions::Ids errored_like(MessageActions::Errored wanted) { return actions.find_errored(wanted); }

    ActionResult retry(MessageId id, bool in_doubt = false) { return actions.retry({id}, in_doubt).at(0); }
    ActionResult cancel(MessageId id, const std::string& reason = "") {
        return actions.cancel({id}, reason).at(0);
    }
    ActionResult hold(MessageId id) { return actions.hold({id}, "asked the study team").at(0); }
    ActionResult release(MessageId id) { return actions.release({id}).at(0); }
    std::string state(MessageId id) {
        return db.text("select state from postrider.messages where id = $1", id);
    }
    std::string reason(MessageId id) {
        return db.text("select reason from postrider.messages where id = $1", id);
    }
    bool is_claimable(MessageId id) { return claims_granted(request_knowing_its_end(id)) == 1; }
    ClaimRequest request_knowing_its_end(MessageId id) {
        const OutgoingMessage message = read(id);
        ClaimRequest wanted = request(message);
        if (message.journaled_end) wanted.known_end = message.journaled_end->attempt_id;
        return wanted;
    }

    Vitals vitals() { return result_of(read_vitals(database, held)); }

    MessageActions actions{db.settings(), EncryptionSettings{}};
};

TEST_F(MessageActionsTest, AnErroredMessageThatIsRetriedIsDueAgainWithItsTimeCountedAnew) {
    const MessageId id = insert_errored();
    EXPECT_THAT(retry(id).what, HasSubstr("sent again"));
    EXPECT_EQ(state(id), "due");
    const OutgoingMessage message = read(id);
    EXPECT_EQ(message.failed_attempts, 0);
    EXPECT_TRUE(message.ready);
    ASSERT_TRUE(message.retried);
    EXPECT_LT(db.now() - *message.retried, 1min);
    EXPECT_THAT(*message.transmission_metadata, Not(HasSubstr("\"error\"")));
    ASSERT_TRUE(message.journaled_end);
    EXPECT_EQ(marked_attempt(message.transmission_metadata), message.journaled_end->attempt_id)
        << "no stale save: whoever set it back knew of its end";
    EXPECT_TRUE(is_claimable(id));
}

TEST_F(MessageActionsTest, AMessageThatTheSiteItselfErroredIsRetriedToo) {
    const MessageId id = insert("errored = true, sent_date = now(), transmission_metadata = 'no JSON'");
    EXPECT_TRUE(retry(id).done);
    EXPECT_TRUE(is_claimable(id));
    EXPECT_THAT(column(id, "transmission_metadata"), HasSubstr("no JSON"));
}

TEST_F(MessageActionsTest, AMessageThatWaitsForAnotherTryHasItAtOnce) {
    const Claimed claimed = insert_and_claim();
    AttemptResult later = result(claimed, Disposition::waiting, Outcome::failed(Verdict::deferred, "busy"));
    later.failed_attempts = 7;
    later.retry_at = db.now() + 15min;
    record({later});
    const MessageId id = claimed.message.key.id;
    const std::string version = read(id).row_version;
    EXPECT_THAT(retry(id).what, HasSubstr("at once"));
    const OutgoingMessage message = read(id);
    EXPECT_LE(message.retry_at, db.now());
    EXPECT_EQ(message.failed_attempts, 0);
    EXPECT_EQ(message.last_attempt, claimed.claim.attempt.id);
    EXPECT_NE(message.row_version, version) << "a daemon that has it in memory must look again";
}

TEST_F(MessageActionsTest, WhatEndedInDoubtIsRetriedOnlyOnRequest) {
    const MessageId id = insert_errored("", Verdict::in_doubt);
    EXPECT_FALSE(retry(id).done);
    EXPECT_THAT(retry(id).what, HasSubstr("may have arrived"));
    EXPECT_EQ(state(id), "errored");
    EXPECT_EQ(vitals().doubts, 1);
    EXPECT_TRUE(retry(id, true).done);
    EXPECT_TRUE(is_claimable(id));
    EXPECT_EQ(vitals().doubts, 0);
}

TEST_F(MessageActionsTest, WhatWasSentOrIsBeingSentOrIsNotDueOrIsNotThereIsNotRetried) {
    const Claimed sent_one = insert_and_claim();
    record({sent(sent_one)});
    EXPECT_THAT(retry(sent_one.message.key.id).what, HasSubstr("has been sent"));
    const Claimed under_way = insert_and_claim();
    EXPECT_THAT(retry(under_way.message.key.id).what, HasSubstr("is being sent"));
    EXPECT_THAT(retry(insert()).what, HasSubstr("goes when it is due"));
    EXPECT_THAT(retry(987654).what, HasSubstr("does not exist"));
}

TEST_F(MessageActionsTest, WhatWasGivenUpHalfSentIsReadWithThePartsThatArrived) {
    const OutgoingMessage whole = read(insert());
    ClaimRequest first = request(whole);
    first.parts = 3;
    first.content_hash[0] = 1;
    Claimed claimed{whole, claim({first}).at(0)};
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {{"ids", {"P1"}}}))});
    ClaimRequest second = request(read(whole.key.id));
    second.part = 2;
    second.parts = 3;
    second.content_hash[0] = 2;
    claimed.claim = claim({second}).at(0);
    record({result(claimed, Disposition::given_up, Outcome::failed(Verdict::rejected, "no"))});
    retry(whole.key.id);
    const OutgoingMessage again = read(whole.key.id);
    ASSERT_TRUE(again.journaled_end);
    ASSERT_EQ(again.journaled_end->accepted.size(), 1u);
    EXPECT_EQ(again.journaled_end->accepted[0], first.content_hash);

    // It goes on, and its row tells of all parts.
    for (int part : {2, 3}) {
        ClaimRequest next = request_knowing_its_end(whole.key.id);
        next.part = part;
        next.parts = 3;
        claimed.claim = claim({next}).at(0);
        const std::string provider_id = "P" + std::to_string(part);
        record({result(claimed, part == 3 ? Disposition::sent : Disposition::next_part,
                       Outcome::sent(provider_id, {{"ids", {provider_id}}}))});
    }
    EXPECT_EQ(column(whole.key.id, "transmission_metadata::jsonb->>'ids'"), R"(["P1", "P2", "P3"])");
}

TEST_F(MessageActionsTest, ErroredMessagesAreFoundByChannelTimeAndCodeTogether) {
    const MessageId one = insert_errored("30003");
    const MessageId two = insert_errored("30005");
    const MessageId by_site = insert(
        R"(errored = true, sent_date = now() - interval '2 days', transmission_metadata = '{"message_channel": "other"}')");
    record({sent(insert_and_claim())});
    insert();
    EXPECT_THAT(errored_like({.channel = "test", .since = "", .error_code = ""}), ElementsAre(one, two));
    EXPECT_THAT(errored_like({.channel = "other", .since = "", .error_code = ""}), ElementsAre(by_site));
    EXPECT_THAT(errored_like({.channel = "", .since = "", .error_code = "30003"}), ElementsAre(one));
    EXPECT_THAT(errored_like({.channel = "other", .since = "", .error_code = "30003"}), IsEmpty());
    EXPECT_THAT(errored_like({.channel = "", .since = "yesterday", .error_code = ""}), ElementsAre(one, two));
    EXPECT_THAT(errored_like({.channel = "", .since = "2000-01-01", .error_code = ""}),
                ElementsAre(one, two, by_site));
    EXPECT_THROW(errored_like({.channel = "", .since = "soon", .error_code = ""}), DatabaseSetupError);
}

TEST_F(MessageActionsTest, ACancelledMessageEndsErroredWithTheReasonAndIsJournaled) {
    const MessageId id =
        insert("send_date = now() + interval '1 day', transmission_metadata = '{\"n\": 1e400}'");
    EXPECT_TRUE(cancel(id, "wrong cohort").done);
    EXPECT_EQ(state(id), "errored");
    EXPECT_EQ(reason(id), "cancelled by an operator: wrong cohort");
    EXPECT_THAT(column(id, "transmission_metadata"), HasSubstr("\"n\": 1e400"));
    EXPECT_EQ(column(id, "sent_date between now() - interval '1 minute' and clock_timestamp()"), "t");
    EXPECT_EQ(open_attempts(), 0);
    EXPECT_FALSE(cancel(id).done);
}

TEST_F(MessageActionsTest, ACancelledMessageIsEncryptedAsAnyOtherThatHasEnded) {
    const Secret key(std::string(32, 'k'));
    const MessageId id = insert("destination = '+13125550123', message = 'Zebra'");
    MessageActions with_key{db.settings(), EncryptionSettings{.secret_key = key, .encrypt_text = true}};
    EXPECT_TRUE(with_key.cancel({id}, "").at(0).done);
    EXPECT_EQ(SecretBox(key).open(column(id, "destination")), "+13125550123");
    EXPECT_EQ(SecretBox(key).open(column(id, "message")), "Zebra");
    EXPECT_TRUE(with_key.retry({id}, false).at(0).done);
}

TEST_F(MessageActionsTest, AStaleSaveDoesNotBringACancelledMessageBack) {
    const MessageId id = insert();
    const OutgoingMessage before = read(id);
    cancel(id);
    change(id, "sent_date = null, errored = false, transmission_metadata = '{}'");
    const OutgoingMessage saved = read(id);
    EXPECT_EQ(claims_granted(request(saved)), 0u);
    ASSERT_TRUE(saved.journaled_end);
    EXPECT_TRUE(saved.journaled_end->given_up);
    EXPECT_EQ(saved.journaled_end->part, 0);
    const Privacy privacy(std::nullopt, inspect_installation(*db.connect()).hash_salt);
    EXPECT_EQ(saved.journaled_end->content_hash, privacy.content(before.destination, before.text));
    EXPECT_THAT(cancel(id).what, HasSubstr("ended already"));
}

TEST_F(MessageActionsTest, WhatIsBeingSentCannotBeCancelled) {
    const Claimed claimed = insert_and_claim();
    EXPECT_FALSE(cancel(claimed.message.key.id).done);
    EXPECT_THAT(cancel(claimed.message.key.id).what,
                AllOf(HasSubstr("is being sent"), HasSubstr("too late")));
    record({sent(claimed)});
    EXPECT_THAT(cancel(claimed.message.key.id).what, HasSubstr("has been sent"));
}

TEST_F(MessageActionsTest, ACancelWaitsForTheClaimUnderWayAndSeesIt) {
    const MessageId id = insert();
    const auto daemon = db.connect();
    pqxx::work claiming(*daemon);
    claiming.exec_params("select from simple_messaging_outgoingmessage where id = $1 for update", id);
    auto cancelling = std::async(std::launch::async, [&] { return cancel(id); });
    ASSERT_TRUE(run_until([&] {
        return db.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = 'Lock'") > 0;
    }));
    claiming.exec_params(
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, "
        "first_sent, content_hash, destination) values ($1, 'c', 7, '', $2, gen_random_uuid(), now(), '', "
        "'')",
        id, me);
    claiming.commit();
    EXPECT_THAT(cancelling.get().what, HasSubstr("is being sent"));
}

TEST_F(MessageActionsTest, AHeldMessageIsNeitherReadNorClaimedUntilItIsReleased) {
    const MessageId id = insert();
    const ClaimRequest before = request(read(id));
    EXPECT_TRUE(hold(id).done);
    EXPECT_EQ(state(id), "held");
    EXPECT_EQ(reason(id), "held by an operator: asked the study team");
    EXPECT_THAT(due_ids(), IsEmpty());
    EXPECT_THAT(read_all({id}), IsEmpty());
    ClaimRequest as_it_is = before;
    as_it_is.row_version = column(id, "xmin");
    EXPECT_EQ(claims_granted(before), 0u) << "the row's version told";
    EXPECT_EQ(claims_granted(as_it_is), 0u);
    EXPECT_TRUE(release(id).done);
    EXPECT_EQ(state(id), "due");
    EXPECT_THAT(due_ids(), ElementsAre(id));
    EXPECT_TRUE(is_claimable(id));
}

TEST_F(MessageActionsTest, AMessageThatIsBeingSentIsHeldForItsLaterTries) {
    const Claimed claimed = insert_and_claim();
    const MessageId id = claimed.message.key.id;
    EXPECT_THAT(hold(id).what, HasSubstr("is being sent"));
    AttemptResult later = result(claimed, Disposition::waiting, Outcome::failed(Verdict::deferred, "busy"));
    later.retry_at = db.now();
    record({later});
    EXPECT_EQ(state(id), "held");
    EXPECT_THAT(due_ids(), IsEmpty());
}

TEST_F(MessageActionsTest, WhatLatenessHoldsGoesWhenItIsReleased) {
    const MessageId id = insert("send_date = now() - interval '3 days'");
    held = {.before = db.now() - 24h, .up_to = id};
    EXPECT_THAT(due_ids(), IsEmpty());
    EXPECT_EQ(vitals().late, 1);
    EXPECT_TRUE(release(id).done);
    EXPECT_THAT(due_ids(), ElementsAre(id));
    EXPECT_EQ(vitals().late, 0);
    EXPECT_TRUE(hold(id).done);
    EXPECT_THAT(due_ids(), IsEmpty());
    EXPECT_EQ(vitals().held, 1);
}

TEST_F(MessageActionsTest, WhatHasEndedIsNotHeld) {
    const MessageId id = insert_errored();
    EXPECT_FALSE(hold(id).done);
    EXPECT_FALSE(release(id).done);
}

TEST_F(MessageActionsTest, WhatIsSaidOfMessagesThatHaveEndedIsForgotten) {
    const MessageId id = insert();
    hold(id);
    release(id);
    run(maintain(database));
    EXPECT_EQ(db.number("select count(*) from postrider.message_hold"), 1);
    cancel(id);
    run(maintain(database));
    EXPECT_EQ(db.number("select count(*) from postrider.message_hold"), 0);
}

TEST_F(MessageActionsTest, AnErroredMessageThatWasSeenToSaysSoAndIsCountedNoMore) {
    const MessageId id = insert_errored("", Verdict::in_doubt);
    EXPECT_EQ(vitals().doubts, 1);
    EXPECT_TRUE(actions.mark_handled({id}).at(0).done);
    EXPECT_EQ(vitals().doubts, 0);
    EXPECT_EQ(column(id, "(transmission_metadata::jsonb->>'error_handled')::timestamptz <= now()"), "t");
    EXPECT_EQ(state(id), "errored");
    EXPECT_FALSE(actions.mark_handled({insert()}).at(0).done);
    retry(id, true);
    EXPECT_EQ(column(id, "transmission_metadata::jsonb ? 'error_handled'"), "f");
}

TEST_F(MessageActionsTest, OfManyMessagesEachGetsItsAnswerInTheOrderAsked) {
    MessageActions::Ids ids;
    for (int i = 0; i < 1200; ++i) ids.push_back(insert());
    ids.push_back(987654);
    std::reverse(ids.begin(), ids.end());
    const auto results = actions.cancel(ids, "");
    ASSERT_EQ(results.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(results[i].id, ids[i]);
        EXPECT_EQ(results[i].done, i > 0);
    }
    EXPECT_EQ(db.number("select count(*) from simple_messaging_outgoingmessage where errored"), 1200);
}

}  // namespace
}  // namespace postrider::testing
