// What the guard holds against a Django site that saves what it has read before.
#include "lib/dispatch/result_metadata.h"
#include "tests/integration/guard_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(GuardTest, AStaleSaveLeavesAnEndAsItIsAndBringsItsOwnKeys) {
    const MessageId id = insert("transmission_metadata = '{\"message_channel\": null}'");
    SiteObject stale = load(id);
    record({sent(claim_it(request(id)))});
    const std::string ended = column(id, "sent_date::text || errored::text");
    stale.transmission_metadata = R"({"message_channel": null, "django.user": "ann 7", "big": 1e400})";
    stale.message = "edited";
    save(stale);
    EXPECT_EQ(column(id, "sent_date::text || errored::text"), ended);
    EXPECT_EQ(column(id, "message"), "edited");
    EXPECT_THAT(column(id, "transmission_metadata"),
                AllOf(HasSubstr("\"django.user\": \"ann 7\""), HasSubstr("\"big\": 1e400"),
                      HasSubstr("\"loopback\": \"yes\""), HasSubstr("\"outcome\":\"sent\"")));
}

TEST_F(GuardTest, AnOldCopySavedOverAResetDoesNotUndoIt) {
    const MessageId id = insert();
    const SiteObject stale = load(id);
    const Claimed claimed = claim_it(request(id));
    record({given_up(claimed)});
    const SiteObject ended = load(id);
    SiteObject object = ended;
    set_back(object);
    save(object);
    save(stale);
    EXPECT_EQ(marked_attempt(read(id).transmission_metadata), claimed.claim.attempt.id);
    save(ended);
    EXPECT_EQ(state(id), "due");
}

TEST_F(GuardTest, AnOldCopyOfAFailureDoesNotMakeAFailureOfWhatTheSiteSentSince) {
    const MessageId id = insert();
    SiteObject object = load(id);
    take(object);
    object.errored = true;
    save(object);
    const SiteObject stale = load(id);
    SiteObject again = stale;
    set_back(again);
    save(again);
    again.sent_date = "2026-05-01 12:00:05+00";
    save(again);
    again.sent_date = "2026-05-01 12:00:06+00";
    save(again);
    save(stale);
    EXPECT_EQ(state(id), "sent");
    EXPECT_EQ(column(id, "sent_date = '2026-05-01 12:00:06+00'"), "t");
}

/// Whoever reads a message while the site sends it has seen our marker, but not how it ended.
TEST_F(GuardTest, ACopyFromAmidTheSitesSendingUndoesNeitherItsFailureNorAResetOfThat) {
    const MessageId id = insert();
    SiteObject object = load(id);
    take(object);
    const SiteObject amid = load(id);
    object.errored = true;
    save(object);
    save(amid);
    EXPECT_EQ(state(id), "errored");
    SiteObject again = load(id);
    set_back(again);
    save(again);
    save(amid);
    EXPECT_EQ(state(id), "due");
}

TEST_F(GuardTest, AStaleSaveOfAnEndBeforeTheLastIsOneToo) {
    const MessageId id = insert();
    const Claimed first = claim_it(request(id));
    record({given_up(first)});
    SiteObject object = load(id);
    set_back(object);
    save(object);
    record({sent(claim_it(request_knowing(first)))});
    save(object);  // a second click
    EXPECT_EQ(state(id), "sent");
}

TEST_F(GuardTest, AStaleSaveWhoseMetadataIsNoJsonLosesNothingOfOurs) {
    for (const char* theirs : {"", "no JSON", "[1]", "{\"nan\": NaN}"}) {
        const MessageId id = insert("transmission_metadata = '" + std::string(theirs) + "'");
        const SiteObject stale = load(id);
        record({sent(claim_it(request(id)))});
        save(stale);
        EXPECT_EQ(state(id), "sent") << theirs;
        EXPECT_THAT(column(id, "transmission_metadata"), HasSubstr("\"postrider\"")) << theirs;
        SiteObject fresh = load(id);
        set_back(fresh);
        save(fresh);
        EXPECT_EQ(state(id), "due") << theirs;
    }
}

TEST_F(GuardTest, WhatWeHaveEncryptedStaysSo) {
    const MessageId id = insert();
    const SiteObject stale = load(id);
    AttemptResult result = sent(claim_it(request(id)));
    result.row.destination = "secret:destination";
    result.row.message = Text("secret:text");
    result.row.lookup_key = "key";
    record({result});
    save(stale);
    {
        pqxx::work transaction(*site);
        transaction.exec(
            "update simple_messaging_outgoingmessage set lookup_key = null, transmission_metadata = "
            "'{\"root_auth_token\": \"t\", \"destination\": \"whatsapp:+1\", \"kept\": 1}'");
        transaction.commit();
    }
    EXPECT_EQ(column(id, "destination || message || lookup_key"), "secret:destinationsecret:textkey");
    EXPECT_THAT(column(id, "transmission_metadata"),
                AllOf(Not(HasSubstr("root_auth_token")), Not(HasSubstr("whatsapp")), HasSubstr("kept")));
}

TEST_F(GuardTest, WhatWasSaidInPlaceOfATemplateStaysSo) {
    const MessageId id = insert("message = 'Hello {{ name }}'");
    const SiteObject stale = load(id);
    AttemptResult result = sent(claim_it(request(id)));
    result.row.message = Text("Hello Ann");
    result.row.rendered = "mark";
    record({result});
    save(stale);
    EXPECT_EQ(column(id, "message"), "Hello Ann");
    EXPECT_EQ(metadata(id, "{postrider,rendered}"), "mark");
}

TEST_F(GuardTest, CancellingAMessageThatWaitsOrIsBeingSentIsObeyed) {
    const Claimed claimed = insert_and_claim();
    SiteObject object = load(claimed.id());
    object.errored = true;
    save(object);
    record({waiting(claimed)});
    EXPECT_THAT(read_all({claimed.id()}), IsEmpty());
    EXPECT_EQ(state(claimed.id()), "errored");
}

TEST_F(GuardTest, EditingAndPostponingAMessageThatWaitsIsObeyed) {
    const MessageId id = insert();
    SiteObject object = load(id);
    object.message = "edited";
    object.send_date = "2031-01-01 00:00:00+00";
    save(object);
    EXPECT_EQ(column(id, "message || extract(year from send_date)"), "edited2031");
}

TEST_F(GuardTest, RowsThatTheJournalDoesNotKnowAreTheSites) {
    const MessageId id = insert("sent_date = now()");
    SiteObject object = load(id);
    object.sent_date = "2026-05-01 12:00:00+00";
    object.errored = true;
    save(object);
    set_back(object);
    save(object);
    EXPECT_EQ(state(id), "due");
}

TEST_F(GuardTest, ACopyOfASentRowIsAMessageOfItsOwn) {
    const Claimed original = insert_and_claim();
    record({sent(original)});
    const MessageId copy = insert();
    SiteObject object = load(original.id());
    object.id = copy;
    set_back(object);
    save(object);
    EXPECT_EQ(state(copy), "due");
    EXPECT_EQ(take(object), "");
    set_back(object);
    object.transmission_metadata = load(copy).transmission_metadata;
    save(object);
    EXPECT_EQ(state(copy), "due");
}

TEST_F(GuardTest, ARoleThatHasNoRightsOnOurTablesIsNotStopped) {
    pg.keep_database_from_others();
    db.script("grant select, update on simple_messaging_outgoingmessage to app");
    const MessageId taken = insert();
    const Claimed claimed = insert_and_claim();
    const MessageId ended = insert();
    record({sent(claim_it(request(ended)))});
    site = std::make_unique<pqxx::connection>(cluster().url(db.name(), "app"));
    SiteObject object = load(taken);
    EXPECT_EQ(take(object), "");
    finish(object);
    SiteObject held_by_us = load(claimed.id());
    EXPECT_THAT(take(held_by_us), HasSubstr("Postrider has message"));
    SiteObject stale = load(ended);
    set_back(stale);
    stale.transmission_metadata.reset();
    EXPECT_EQ(refusal([&] { save(stale); }), "");
    EXPECT_EQ(state(ended), "sent");
}

TEST_F(GuardTest, BothReadersOfMarkersAgree) {
    for (const char* text :
         {R"({"postrider":{"attempt":12,"outcome":"sent"}})",
          "{\n  \"postrider\": {\n    \"attempt\": 12\n  }\n}",
          R"({"a": "\"postrider\":{\"attempt\":9}", "postrider": {"attempt": 12, "attempts": []}})",
          R"({"postrider": {"reason": "as jsonb has it", "attempt": 12, "outcome": "rejected"}})", "", "{}",
          R"({"postrider": 7})", R"({"postrider": {"outcome": "sent"}})"}) {
        EXPECT_EQ(db.number("select coalesce(postrider.marked_attempt($1), 0)", text),
                  marked_attempt(std::string(text)))
            << text;
    }
}

}  // namespace
}  // namespace postrider::testing
