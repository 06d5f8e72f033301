// What the guard holds against a Django site that sends by itself.
#include "lib/text/json_object.h"
#include "tests/integration/guard_test.h"

#include <gmock/gmock.h>

#include <future>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(GuardTest, TheSiteTakesNoMessageThatIsBeingSent) {
    const MessageId id = insert();
    SiteObject object = load(id);
    const Claimed claimed = claim_it(request(id));
    EXPECT_THAT(take(object), HasSubstr("Postrider has message " + std::to_string(id)));
    record({sent(claimed)});
    EXPECT_EQ(column(id, "transmission_metadata::jsonb ->> 'loopback'"), "yes");
}

TEST_F(GuardTest, TheSiteTakesNoMessageThatIsInDoubt) {
    const Claimed claimed = insert_and_claim();
    record({in_doubt(claimed)});
    SiteObject object = load(claimed.id());
    EXPECT_THAT(take(object), HasSubstr("in doubt"));
}

TEST_F(GuardTest, AProcessThatHasReadAMessageBeforeItWasSentTakesItNoMore) {
    const MessageId id = insert();
    SiteObject object = load(id);
    record({sent(claim_it(request(id)))});
    const std::string sent_date = column(id, "sent_date");
    EXPECT_THAT(take(object), HasSubstr("it has been sent"));
    EXPECT_EQ(column(id, "sent_date"), sent_date);
}

TEST_F(GuardTest, NorOneThatWasGivenUpMeanwhile) {
    const MessageId id = insert();
    SiteObject object = load(id);
    record({given_up(claim_it(request(id)))});
    EXPECT_THAT(take(object), HasSubstr("given up"));
    EXPECT_EQ(column(id, "errored"), "t");
}

TEST_F(GuardTest, AMessageThatNobodyHasTheSiteMayTakeAndTheJournalSaysSo) {
    const MessageId id = insert();
    SiteObject object = load(id);
    EXPECT_EQ(take(object), "");
    EXPECT_THAT(read_all({id}), IsEmpty());
    EXPECT_EQ(open_attempts(), 0);
    EXPECT_EQ(db.text("select verdict || ' ' || disposition from postrider.attempt_history"), "site sent");
    EXPECT_EQ(metadata(id, "{postrider,outcome}"), "site");
    EXPECT_EQ(state(id), "sent");
}

TEST_F(GuardTest, WhatHasFailedAndWaitsTheSiteMayTakeToo) {
    const Claimed claimed = insert_and_claim();
    record({waiting(claimed)});
    SiteObject object = load(claimed.id());
    EXPECT_EQ(take(object), "");
    EXPECT_EQ(db.number("select count(*) from postrider.retry"), 0);
}

TEST_F(GuardTest, AMessageThatWasSentInPartTheSiteMayNotTake) {
    const Claimed claimed = claim_part(insert(), 1, 2);
    record({next_part(claimed, "SM1")});
    SiteObject object = load(claimed.id());
    EXPECT_THAT(take(object), HasSubstr("parts of it have been sent"));
}

TEST_F(GuardTest, NorOneThatWasGivenUpInPartAndReset) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 2), "SM1")});
    record({given_up(claim_part(id, 2, 2))});
    SiteObject object = load(id);
    set_back(object);
    save(object);
    EXPECT_THAT(take(object), HasSubstr("parts of it have been sent"));
}

TEST_F(GuardTest, AMessageWhoseNextTryRepeatsTheKeyTheSiteMayNotTake) {
    const Claimed claimed = insert_and_claim();
    AttemptResult again = waiting(claimed);
    again.repeats_key = true;
    record({again});
    SiteObject object = load(claimed.id());
    EXPECT_THAT(take(object), HasSubstr("its provider may have it"));
}

TEST_F(GuardTest, WhileTheSiteIsAtItNoClaimIsGranted) {
    const MessageId id = insert();
    const ClaimRequest wanted = request(id);
    SiteObject object = load(id);
    pqxx::work transaction(*site);
    object.sent_date = "2026-05-01 12:00:00+00";
    object.save(transaction);
    EXPECT_EQ(claims_granted(wanted), 0u);
    transaction.commit();
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(GuardTest, WhatTheSiteTookAndTookBackInOneTransactionIsDueAsBefore) {
    const MessageId id = insert();
    const ClaimRequest wanted = request(id);
    SiteObject object = load(id);
    {
        pqxx::work transaction(*site);
        object.sent_date = "2026-05-01 12:00:00+00";
        object.save(transaction);
    }
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(GuardTest, TheSitesOwnResultIsItsOwn) {
    const MessageId id = insert();
    SiteObject object = load(id);
    take(object);
    finish(object);
    EXPECT_EQ(column(id, "sent_date = '2026-05-01 12:00:01.5+00'"), "t");
    EXPECT_EQ(metadata(id, "{twilio_sid,0}"), "SM1");
    EXPECT_EQ(metadata(id, "{postrider,outcome}"), "site");
}

TEST_F(GuardTest, TheSitesOwnFailureIsItsOwnToo) {
    const MessageId id = insert();
    SiteObject object = load(id);
    take(object);
    object.errored = true;
    object.transmission_metadata = R"({"error": "a hook has raised"})";
    save(object);
    EXPECT_EQ(state(id), "errored");
    EXPECT_EQ(metadata(id, "{error}"), "a hook has raised");
    EXPECT_EQ(db.text("select disposition from postrider.attempt_history"), "given_up");
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history where verdict = 'in_doubt'"), 0);
}

TEST_F(GuardTest, WhatTheSiteHasSentNoStaleSaveMakesDueAgain) {
    const MessageId id = insert();
    const SiteObject stale = load(id);
    SiteObject object = stale;
    take(object);
    finish(object);
    save(stale);
    EXPECT_EQ(state(id), "sent");
    EXPECT_THAT(read_all({id}), IsEmpty());
}

TEST_F(GuardTest, WhatTheSiteCouldNotSendIsOursOnceItIsReset) {
    const MessageId id = insert();
    SiteObject object = load(id);
    take(object);
    object.errored = true;
    save(object);
    SiteObject again = load(id);
    set_back(again);
    save(again);
    OutgoingMessage row = read(id);
    ASSERT_TRUE(row.journaled_end.has_value());
    ClaimRequest wanted = request(row);
    wanted.known_end = row.journaled_end->attempt_id;
    EXPECT_EQ(metadata(id, "{postrider,attempt}"), std::to_string(row.journaled_end->attempt_id));
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(GuardTest, AResetOfWhatWeHaveGivenUpIsHonouredForBoth) {
    const Claimed claimed = insert_and_claim();
    record({given_up(claimed)});
    SiteObject object = load(claimed.id());
    set_back(object);
    save(object);
    EXPECT_EQ(state(claimed.id()), "due");
    EXPECT_EQ(take(object), "");
}

TEST_F(GuardTest, WhatTheSiteTakesIsMarkedWhateverItsMetadataIs) {
    for (const char* theirs : {"", "no JSON", "[1]", "{\"nan\": NaN}", "{}", "{ }"}) {
        const MessageId id = insert("transmission_metadata = '" + std::string(theirs) + "'");
        SiteObject object = load(id);
        EXPECT_EQ(take(object), "");
        const OutgoingMessage row = [&] {
            change(id, "sent_date = null");
            return read(id);
        }();
        const auto marker = "\"postrider\": {\"attempt\" : " + std::to_string(row.journaled_end->attempt_id);
        EXPECT_THAT(row.transmission_metadata.value(), HasSubstr(marker)) << theirs;
        EXPECT_TRUE(JsonObjectText::read(row.transmission_metadata.value())) << theirs;
    }
}

TEST_F(GuardTest, WithoutTheGuardTheSiteDoesAsItLikes) {
    const Claimed claimed = insert_and_claim();
    pqxx::nontransaction(*site).exec("set postrider.guard = off");
    SiteObject object = load(claimed.id());
    EXPECT_EQ(take(object), "");
}

TEST_F(GuardTest, TheFailureOfARefusedTransmissionDoesNotStopTheMessage) {
    const MessageId id = insert();
    SiteObject object = load(id);
    const Claimed claimed = claim_it(request(id));
    const std::string words = take(object);
    object.errored = true;  // as the package does when saving raises
    object.transmission_metadata = R"({"traceback": ["Postrider has message 17"], "error": "0002"})";
    save(object);
    EXPECT_EQ(column(id, "errored"), "f");
    record({waiting(claimed)});
    save(object);
    EXPECT_EQ(state(id), "due");
    EXPECT_EQ(column(id, "transmission_metadata like '%traceback%'"), "f");
}

TEST_F(GuardTest, NorDoesItWhenTheMessageHasBeenSent) {
    const MessageId id = insert();
    SiteObject object = load(id);
    record({sent(claim_it(request(id)))});
    const std::string before = column(id, "transmission_metadata");
    take(object);
    object.errored = true;
    object.transmission_metadata = R"({"traceback": ["…"]})";
    save(object);
    EXPECT_EQ(state(id), "sent");
    EXPECT_EQ(column(id, "transmission_metadata"), before);
}

TEST_F(GuardTest, NorWhenTheClaimWasTakenBackMeanwhile) {
    const MessageId id = insert();
    SiteObject object = load(id);
    const ClaimRequest wanted = request(id);
    claim_it(wanted);
    take(object);
    run(outbox->withdraw({wanted.idempotency_key}));
    object.errored = true;
    object.transmission_metadata = R"({"traceback": ["IntegrityError: Postrider has message 17: …"]})";
    save(object);
    EXPECT_EQ(state(id), "due");
}

/// The site's transactions may see less than there is.
struct GuardIsolationTest : GuardTest, ::testing::WithParamInterface<const char*> {
    GuardIsolationTest() { site = site_process(GetParam()); }

    /// What the site meets that has read the message before `meanwhile`, and takes it after.
    std::string take_after(MessageId id, const std::function<void()>& meanwhile) {
        pqxx::work transaction(*site);
        SiteObject object = SiteObject::read(transaction, id);
        meanwhile();
        object.sent_date = "2026-05-01 12:00:00+00";
        return refusal([&] {
            object.save(transaction);
            transaction.commit();
        });
    }
};

TEST_P(GuardIsolationTest, AClaimSinceItsSnapshotIsKnown) {
    const MessageId id = insert();
    EXPECT_NE(take_after(id, [&] { claim_it(request(id)); }), "");
    EXPECT_EQ(open_attempts(), 1);
}

TEST_P(GuardIsolationTest, AnEndSinceItsSnapshotIsKnown) {
    const MessageId id = insert();
    EXPECT_NE(take_after(id, [&] { record({sent(claim_it(request(id)))}); }), "");
    EXPECT_EQ(metadata(id, "{postrider,outcome}"), "sent");
}

TEST_P(GuardIsolationTest, PartsThatWereSentSinceItsSnapshotAreKnown) {
    const MessageId id = insert();
    EXPECT_NE(take_after(id, [&] { record({next_part(claim_part(id, 1, 2), "SM1")}); }), "");
    EXPECT_EQ(state(id), "due");
}

TEST_P(GuardIsolationTest, WhatNobodyHasItMayTake) {
    const MessageId id = insert();
    EXPECT_EQ(take_after(id, [] {}), "");
    EXPECT_EQ(db.text("select verdict from postrider.attempt_history"), "site");
    EXPECT_EQ(db.number("select count(*) from postrider.retry"), 0);
}

TEST_P(GuardIsolationTest, AnAttemptThatIsAboutToEndIsNotWaitedForUntilADeadlockIsFound) {
    const Claimed claimed = insert_and_claim();
    const auto recorder = db.connect(daemon_role);
    pqxx::work recording(*recorder);
    recording.exec_params("delete from postrider.attempt where message_id = $1", claimed.id());
    std::string words;
    auto take = std::async(std::launch::async, [&] { words = take_after(claimed.id(), [] {}); });
    take.wait();
    EXPECT_THAT(words, AllOf(HasSubstr("Postrider has message"), Not(HasSubstr("deadlock"))));
    recording.exec_params("update simple_messaging_outgoingmessage set errored = errored where id = $1",
                          claimed.id());
}

INSTANTIATE_TEST_SUITE_P(Isolation, GuardIsolationTest,
                         ::testing::Values("read committed", "repeatable read", "serializable"),
                         [](const auto& each) {
                             std::string name = each.param;
                             return name.substr(0, name.find(' '));
                         });

}  // namespace
}  // namespace postrider::testing
