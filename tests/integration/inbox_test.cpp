// What comes in, on PostgreSQL.
#include "lib/store/pg_inbox.h"
#include "lib/store/pg_suppressions.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct PgInboxTest : OutboxLoopTest {
    ~PgInboxTest() override { stop(); }

    static InboxEntry message(const std::string& key, const std::string& text = "hello") {
        InboxEntry entry{.transport = "test",
                         .channel = "sms",
                         .event_key = key,
                         .received = TimePoint(std::chrono::seconds{1770000000})};
        entry.message = InboxMessage{.sender = "+17735550123",
                                     .recipient = "+13125550100",
                                     .text = text,
                                     .metadata = R"({"a": 1})",
                                     .lookup_key = "key",
                                     .replies = {"reply to " + text}};
        return entry;
    }
    static InboxEntry report(const std::string& provider_id, int rank, DeliveryState state,
                             const std::string& status) {
        InboxEntry entry{.transport = "test",
                         .channel = "sms",
                         .event_key = provider_id,
                         .received = TimePoint(std::chrono::seconds{1770000000})};
        entry.report = InboxReport{.rank = rank,
                                   .state = state,
                                   .status = status,
                                   .reason = state == DeliveryState::failed ? "not delivered, code 7" : "",
                                   .metadata = R"({"provider_status": ")" + status + "\"}",
                                   .acceptance = R"({"sid": [")" + provider_id + "\"]}"};
        return entry;
    }
    std::vector<KeptEntry> store(std::vector<InboxEntry> entries) {
        return result_of(inbox->store(std::move(entries)));
    }
    KeptEntry store(const InboxEntry& entry) { return store(std::vector<InboxEntry>{entry}).at(0); }
    AppliedReports apply() { return result_of(inbox->apply_reports(100)); }
    /// A message that was sent, under that name.
    MessageId sent_as(const std::string& provider_id) {
        const Claimed claimed = insert_and_claim();
        AttemptResult result = sent(claimed);
        result.outcome.provider_id = provider_id;
        record({result});
        return claimed.id();
    }
    /// What a task throws, thrown.
    template <class T>
    void rethrown_by(Task<T> task) {
        std::exception_ptr failure;
        bool over = false;
        const auto keep = [](Task<T> its_task, std::exception_ptr& its_failure, bool& is_over) -> Task<> {
            try {
                co_await std::move(its_task);
            } catch (...) {
                its_failure = std::current_exception();
            }
            is_over = true;
        };
        group.spawn("test", keep(std::move(task), failure, over));
        run_until([&] { return over; });
        if (failure) std::rethrow_exception(failure);
    }
    std::string metadata(MessageId id) { return column(id, "transmission_metadata"); }
    std::string errored(MessageId id) { return column(id, "errored::text"); }

    std::unique_ptr<InboxStore> inbox = make_pg_inbox(database, true);
};

TEST_F(PgInboxTest, MessagesAreStoredInTheirOrderEachWithItsMedia) {
    InboxEntry second = message("2", "two");
    second.message->media = {{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/jpeg"}};
    store({message("1", "one"), second, message("3", "three")});
    EXPECT_EQ(db.text("select string_agg(message, ' ' order by id) from simple_messaging_incomingmessage"),
              "one two three");
    EXPECT_EQ(db.text("select string_agg(m.message || p.\"index\" || p.content_url || p.content_type, ' ' "
                      "order by p.id) from simple_messaging_incomingmessagemedia p join "
                      "simple_messaging_incomingmessage m on m.id = p.message_id"),
              "two0https://x.example/aimage/png two1https://x.example/bimage/jpeg");
    EXPECT_EQ(
        db.text("select receive_date::text from simple_messaging_incomingmessage limit 1").substr(0, 10),
        "2026-02-02");
}

TEST_F(PgInboxTest, AFileThatIsHereIsNamedAndHasNoUrl) {
    InboxEntry entry = message("1", "one");
    entry.message->media = {{"", "text/plain", "incoming_message_media/a.txt"},
                            {"https://x.example/b", "image/png", ""}};
    store(entry);
    EXPECT_EQ(db.text("select string_agg(coalesce(content_url, '-') || ' ' || coalesce(content_file, '-'), "
                      "', ' order by id) from simple_messaging_incomingmessagemedia"),
              "- incoming_message_media/a.txt, https://x.example/b -");
}

TEST_F(PgInboxTest, TheSameMessageAgainIsNoneAndHasTheFirstAnswer) {
    EXPECT_TRUE(store(message("1", "first")).is_new);
    const KeptEntry again = store(message("1", "changed"));
    EXPECT_FALSE(again.is_new);
    EXPECT_THAT(again.replies, ElementsAre("reply to first"));
    const auto both = store({message("2"), message("2", "other")});
    EXPECT_TRUE(both[0].is_new);
    EXPECT_FALSE(both[1].is_new);
    EXPECT_THAT(both[1].replies, ElementsAre("reply to hello"));
    EXPECT_EQ(db.number("select count(*) from simple_messaging_incomingmessage"), 2);
    InboxEntry elsewhere = message("1");
    elsewhere.transport = "another";
    EXPECT_TRUE(store(elsewhere).is_new);
}

TEST_F(PgInboxTest, AnEntryThatDoesNotFitIsRefusedAndTakesTheOthersWithIt) {
    InboxEntry wrong = message("1");
    wrong.message->sender = std::string(300, '7');
    std::vector<InboxEntry> entries{message("2"), wrong};
    EXPECT_THROW(rethrown_by(inbox->store(entries)), EntriesRefused);
    EXPECT_EQ(db.number("select count(*) from simple_messaging_incomingmessage"), 0);
    EXPECT_EQ(db.number("select count(*) from postrider.inbound"), 0);
}

TEST_F(PgInboxTest, AReportIsWrittenIntoItsMessageAndNeverGoesBack) {
    const MessageId id = sent_as("P1");
    EXPECT_TRUE(store(report("P1", 5, DeliveryState::delivered, "delivered")).is_new);
    EXPECT_EQ(apply().delivered["sms"], 1u);
    EXPECT_THAT(metadata(id), HasSubstr(R"("provider_status": "delivered")"));
    EXPECT_FALSE(store(report("P1", 4, DeliveryState::under_way, "sent")).is_new);
    EXPECT_FALSE(store(report("P1", 5, DeliveryState::failed, "failed")).is_new);
    EXPECT_EQ(apply().applied, 0u);
    EXPECT_EQ(errored(id), "false");
    EXPECT_EQ(seen("delivery"), "delivered");
}

TEST_F(PgInboxTest, OfSeveralReportsAtOnceTheFurthestCounts) {
    const MessageId id = sent_as("P1");
    const auto kept = store({report("P1", 5, DeliveryState::failed, "failed"),
                             report("P1", 2, DeliveryState::under_way, "queued"),
                             report("P1", 5, DeliveryState::delivered, "delivered")});
    EXPECT_TRUE(kept[0].is_new);
    EXPECT_FALSE(kept[1].is_new || kept[2].is_new);
    apply();
    EXPECT_EQ(errored(id), "true");
    EXPECT_THAT(metadata(id), HasSubstr(R"("error": "not delivered, code 7")"));
    EXPECT_EQ(seen("state || ': ' || reason"), "errored: not delivered, code 7");
}

TEST_F(PgInboxTest, HowLongADeliveryTookCountsFromItsAcceptance) {
    sent_as("P1");
    sent_as("P2");
    InboxEntry delivered = report("P1", 5, DeliveryState::delivered, "delivered");
    delivered.received = db.now() + std::chrono::hours{1};
    store({delivered, report("P2", 5, DeliveryState::failed, "failed")});
    const AppliedReports applied = apply();
    ASSERT_EQ(applied.delivered_after.size(), 1u);
    ASSERT_EQ(applied.delivered_after.at("sms").size(), 1u);
    const auto took = applied.delivered_after.at("sms")[0];
    EXPECT_GT(took, std::chrono::minutes{59});
    EXPECT_LT(took, std::chrono::minutes{61});
}

TEST_F(PgInboxTest, AReportThatComesBeforeItsMessageIsRecordedWaitsForIt) {
    store(report("P9", 5, DeliveryState::delivered, "delivered"));
    EXPECT_EQ(apply().waiting, 1u);
    EXPECT_EQ(apply().waiting, 0u) << "it is looked at again later";
    const MessageId id = sent_as("P9");
    db.script("update postrider.delivery_report set look_at = now()");
    EXPECT_EQ(apply().applied, 1u);
    EXPECT_THAT(metadata(id), HasSubstr("delivered"));
}

TEST_F(PgInboxTest, AReportOfAMessageThatWasSentAgainSinceChangesNothing) {
    const Claimed first = insert_and_claim();
    AttemptResult result = sent(first);
    result.outcome.provider_id = "P1";
    record({result});
    reset(first.id());
    AttemptResult second = sent(claim_it(request_knowing(first)));
    second.outcome.provider_id = "P2";
    record({second});
    store({report("P1", 5, DeliveryState::failed, "failed")});
    EXPECT_EQ(apply().applied, 1u);
    EXPECT_EQ(errored(first.id()), "false");
    store(report("P2", 5, DeliveryState::delivered, "delivered"));
    apply();
    EXPECT_EQ(seen("delivery"), "delivered");
    EXPECT_THAT(metadata(first.id()), HasSubstr(R"("provider_status": "delivered")"));
}

TEST_F(PgInboxTest, AFailureThatWasReportedBeforeAMessageWasSentAgainIsForgotten) {
    const Claimed first = insert_and_claim();
    AttemptResult result = sent(first);
    result.outcome.provider_id = "P1";
    record({result});
    store(report("P1", 5, DeliveryState::failed, "failed"));
    apply();
    EXPECT_EQ(errored(first.id()), "true");
    reset(first.id());
    AttemptResult second = sent(claim_it(request_knowing(first)));
    second.outcome.provider_id = "P2";
    record({second});
    store(report("P2", 5, DeliveryState::delivered, "delivered"));
    apply();
    EXPECT_EQ(errored(first.id()), "false");
    EXPECT_EQ(seen("delivery"), "delivered");
}

TEST_F(PgInboxTest, OfAMessageThatEndedInDoubtAReportSaysThatItWasAccepted) {
    const Claimed claimed = insert_and_claim();
    AttemptResult doubt =
        this->result(claimed, Disposition::given_up, Outcome::failed(Verdict::in_doubt, "nobody knows"));
    doubt.outcome.metadata["error"] = "in doubt: nobody knows";
    record({doubt});
    EXPECT_EQ(errored(claimed.id()), "true");
    InboxEntry said = report("P1", 5, DeliveryState::delivered, "delivered");
    said.report->attempt_id = claimed.claim.attempt.id;
    store(said);
    EXPECT_EQ(apply().applied, 1u);
    EXPECT_EQ(apply().delivered["sms"], 1u);
    EXPECT_EQ(errored(claimed.id()), "false") << metadata(claimed.id());
    EXPECT_THAT(metadata(claimed.id()), HasSubstr(R"("sid": ["P1"])"));
    EXPECT_EQ(seen("delivery"), "delivered");
}

TEST_F(PgInboxTest, AReportTellsOfAnOpenAttemptThatItWasAccepted) {
    const Claimed claimed = insert_and_claim();
    InboxEntry said = report("P1", 1, DeliveryState::under_way, "queued");
    said.report->idempotency_key = claimed.claim.attempt.idempotency_key;
    store(said);
    apply();
    const auto reported = result_of(outbox->read_reported({claimed.claim.attempt.id, 12345}));
    ASSERT_EQ(reported.size(), 1u);
    EXPECT_EQ(reported.at(claimed.claim.attempt.id).provider_id, "P1");
}

TEST_F(PgInboxTest, WhoHasOptedOutIsGrantedNoClaimUntilHeSaysOtherwise) {
    Hash recipient{};
    recipient[0] = 7;
    InboxEntry stop = message("1", "stop");
    stop.suppression = SuppressionChange{recipient, "sms", true, "+17735550123", suppression_cause::stop};
    store(stop);
    ClaimRequest wanted = request(insert());
    wanted.recipient = recipient;
    wanted.channel = "sms";
    EXPECT_EQ(claims_granted(wanted), 0u);
    ClaimRequest elsewhere = wanted;
    elsewhere.channel = "mail";
    EXPECT_EQ(claims_granted(elsewhere), 1u);
    ClaimRequest refusal = request(insert());
    refusal.recipient = recipient;
    refusal.channel = "sms";
    refusal.part = refusal.parts = 0;
    EXPECT_EQ(claims_granted(refusal), 1u) << "that it is not sent is to be written";
    InboxEntry start = message("2", "start");
    start.suppression = SuppressionChange{recipient, "sms", false, "", suppression_cause::stop};
    store(start);
    store(stop);  // the same once more
    ClaimRequest now = request(insert());
    now.recipient = recipient;
    now.channel = "sms";
    EXPECT_EQ(claims_granted(now), 1u);
}

TEST_F(PgInboxTest, WhatAnOperatorSuppressedNoStartUndoes) {
    db.script(
        "insert into postrider.suppression (recipient, channel, address, cause) values "
        "('\\x07000000000000000000000000000000', '', 'x', 'operator')");
    Hash recipient{};
    recipient[0] = 7;
    InboxEntry start = message("2", "start");
    start.suppression = SuppressionChange{recipient, "sms", false, "", suppression_cause::stop};
    store(start);
    EXPECT_EQ(db.number("select count(*) from postrider.suppression"), 1);
}

TEST_F(PgInboxTest, SuppressionsAreReadAgainOnlyAfterAChangeAndSurviveANewKey) {
    const auto suppressions = make_pg_suppressions(database);
    const auto none = result_of(suppressions->read(0));
    ASSERT_TRUE(none);
    EXPECT_FALSE(result_of(suppressions->read(none->version)));
    db.script(
        "insert into postrider.suppression (recipient, channel, address, cause) values "
        "('\\x07000000000000000000000000000000', 'sms', '+17735550123', 'stop')");
    const auto one = result_of(suppressions->read(none->version));
    ASSERT_TRUE(one);
    ASSERT_EQ(one->rows.size(), 1u);
    SuppressionRow renewed = one->rows[0];
    renewed.recipient[0] = 8;
    renewed.address = "secret:x";
    std::vector<std::pair<SuppressionRow, SuppressionRow>> change{{one->rows[0], renewed}};
    group.spawn("renew", suppressions->renew(change));
    ASSERT_TRUE(run_until([&] { return group.size() == 0; }));
    const auto after = result_of(suppressions->read(one->version));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->rows[0].recipient[0], 8);
    EXPECT_EQ(after->rows[0].address, "secret:x");
}

}  // namespace
}  // namespace postrider::testing
