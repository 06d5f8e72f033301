#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr TimePoint moment{std::chrono::sys_days{std::chrono::year{2021} / 1 / 1}};

using OutboxReadDueTest = OutboxTest;

TEST_F(OutboxReadDueTest, RowsComeInTheOrderOfSendDateAndThenId) {
    const auto later = insert({.send_date = moment + 1us});
    const auto first = insert({.send_date = moment});
    const auto second = insert({.send_date = moment});
    EXPECT_THAT(due_ids(), ElementsAre(first, second, later));
}

TEST_F(OutboxReadDueTest, PagesJoinWithoutGapOrRepetition) {
    for (int i = 0; i < 100; ++i) insert({.send_date = moment + std::chrono::microseconds{i % 7}});
    std::vector<MessageId> paged;
    MessageKey after;
    for (;;) {
        const auto page = result_of(outbox->read_due(after, TimePoint::max(), 9));
        if (page.empty()) break;
        ASSERT_LE(page.size(), 9u);
        for (const OutgoingMessage& each : page) paged.push_back(each.key.id);
        after = page.back().key;
        ASSERT_LE(paged.size(), 100u);
    }
    EXPECT_THAT(paged, SizeIs(100));
    EXPECT_EQ(paged, due_ids());
}

TEST_F(OutboxReadDueTest, NothingUpToTheKeyIsRead) {
    const auto first = insert({.send_date = moment});
    const auto second = insert({.send_date = moment});
    EXPECT_THAT(due_ids({moment, first}), ElementsAre(second));
    EXPECT_THAT(due_ids({moment, second}), IsEmpty());
    EXPECT_THAT(due_ids({moment + 1us, 0}), IsEmpty());
}

TEST_F(OutboxReadDueTest, NothingBeyondTheHorizonIsRead) {
    const auto soon = insert({.send_date = moment});
    insert({.send_date = moment + 1us});
    EXPECT_THAT(due_ids({}, moment), ElementsAre(soon));
}

TEST_F(OutboxReadDueTest, NoMoreThanTheLimitAreRead) {
    const auto first = insert();
    insert();
    EXPECT_THAT(due_ids({}, TimePoint::max(), 1), ElementsAre(first));
    EXPECT_THAT(due_ids({}, TimePoint::max(), 0), IsEmpty());
}

TEST_F(OutboxReadDueTest, WhatWasSentOrErroredIsNotDue) {
    insert({.sent_date = moment});
    insert({.errored = true});
    EXPECT_THAT(due_ids(), IsEmpty());
}

TEST_F(OutboxReadDueTest, WhatSomebodyHoldsIsNotReadUntilItIsReleased) {
    const auto held = insert();
    const auto other = insert();
    ledger->hold(held);
    EXPECT_THAT(due_ids(), ElementsAre(other));
    EXPECT_THAT(read_all({held}), IsEmpty());
    ledger->release(held);
    EXPECT_THAT(due_ids(), ElementsAre(held, other));
    EXPECT_THAT(read_all({held}), SizeIs(1));
}

TEST_F(OutboxReadDueTest, ASendDateOfInfinityIsNeverDue) {
    const auto id = insert({.send_date = TimePoint::max()});
    EXPECT_THAT(due_ids(), IsEmpty());
    EXPECT_EQ(read(id).key.send_date, TimePoint::max());
}

TEST_F(OutboxReadDueTest, ASendDateOfMinusInfinityIsDueFirst) {
    const auto now = insert();
    const auto first = insert({.send_date = TimePoint::min()});
    EXPECT_THAT(due_ids(), ElementsAre(first, now));
    EXPECT_EQ(read(first).key.send_date, TimePoint::min());
    EXPECT_THAT(due_ids(read(first).key), ElementsAre(now));
}

TEST_F(OutboxReadDueTest, RowsThatAreBeingSentOrWaitForAnotherTryAreReadToo) {
    const Claimed open = insert_and_claim();
    const Claimed waits = insert_and_claim();
    AttemptResult result = waiting(waits);
    result.retry_at = ledger->now() + 1h;
    record({result});
    const auto rows = result_of(outbox->read_due({}, TimePoint::max(), 10));
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_TRUE(rows[0].attempt_open);
    EXPECT_EQ(rows[1].retry_at, result.retry_at);
}

using OutboxReadTest = OutboxTest;

TEST_F(OutboxReadDueTest, EachRowTellsOfItselfWhateverIsWithItsNeighbours) {
    const auto tried = insert_and_claim();
    record({waiting(tried)});
    const auto plain = insert();
    const auto illustrated = insert();
    ledger->add_media(illustrated);
    const auto complete = insert();
    ledger->declare_complete(complete);
    const auto open = insert_and_claim();
    const auto rows = result_of(outbox->read_due({}, TimePoint::max(), 100));
    ASSERT_EQ(rows.size(), 5u);
    const auto says = [](const OutgoingMessage& row) {
        return std::tuple(row.key.id, row.failed_attempts, row.media_count, row.ready, row.attempt_open);
    };
    EXPECT_EQ(says(rows[0]), std::tuple(tried.id(), 1, 0, false, false));
    EXPECT_EQ(says(rows[1]), std::tuple(plain, 0, 0, false, false));
    EXPECT_EQ(says(rows[2]), std::tuple(illustrated, 0, 1, false, false));
    EXPECT_EQ(says(rows[3]), std::tuple(complete, 0, 0, true, false));
    EXPECT_EQ(says(rows[4]), std::tuple(open.id(), 0, 0, false, true));
}

TEST_F(OutboxReadTest, RowsThatWaitAreFoundWheneverTheyAreDueAndEachOnce) {
    const auto now = insert();
    const auto later = insert({.send_date = ledger->now() + 24h});
    const auto sent = insert({.sent_date = moment});
    const auto errored = insert({.errored = true});
    std::vector<MessageId> found;
    for (const auto& row : read_all({now, later, sent, errored, now, errored + 1}))
        found.push_back(row.key.id);
    EXPECT_THAT(found, UnorderedElementsAre(now, later));
}

TEST_F(OutboxReadTest, MetadataThatIsNullIsNone) {
    EXPECT_EQ(read(insert({.metadata = std::nullopt})).transmission_metadata, std::nullopt);
}

TEST_F(OutboxReadTest, MetadataComesAsItIsWhateverItIs) {
    for (const std::string text : {"", "no json {", "[1]", "{\"a\" :  1e400}"}) {
        EXPECT_EQ(read(insert({.metadata = text})).transmission_metadata, text);
    }
}

TEST_F(OutboxReadTest, TextsOfAnyScriptAndLengthComeUnchanged) {
    const std::string script = "Grüße, שלום, 你好, 👩‍👩‍👧";
    std::string text;
    while (text.size() < 1'000'000) text += script;
    const OutgoingMessage message = read(insert({.destination = script, .text = text}));
    EXPECT_TRUE(message.text.reveal() == text);
    EXPECT_FALSE(message.text_too_large);
    EXPECT_EQ(message.destination.reveal(), script);
}

TEST_F(OutboxReadTest, ATextThatNoChannelTakesIsNotReadButSaidToBeTooLarge) {
    const OutgoingMessage at_most = read(insert({.text = std::string(text_bytes_max, 'x')}));
    EXPECT_FALSE(at_most.text_too_large);
    EXPECT_EQ(at_most.text.reveal().size(), static_cast<std::size_t>(text_bytes_max));
    const OutgoingMessage larger = read(insert({.text = std::string(text_bytes_max + 1, 'x')}));
    EXPECT_TRUE(larger.text_too_large);
    EXPECT_EQ(larger.text.reveal(), "");
}

TEST_F(OutboxReadTest, AnEditChangesTheRowsVersion) {
    const auto id = insert();
    const std::string before = read(id).row_version;
    EXPECT_EQ(read(id).row_version, before);
    change(id, [](StoredRow&) {});
    EXPECT_NE(read(id).row_version, before);
}

TEST_F(OutboxReadTest, ItsMediaAreCounted) {
    const auto id = insert();
    EXPECT_EQ(read(id).media_count, 0);
    ledger->add_media(id);
    ledger->add_media(id);
    EXPECT_EQ(read(id).media_count, 2);
}

TEST_F(OutboxReadTest, ARowDeclaredCompleteSaysSo) {
    const auto id = insert();
    EXPECT_FALSE(read(id).ready);
    ledger->declare_complete(id);
    EXPECT_TRUE(read(id).ready);
}

TEST_F(OutboxReadTest, ARowWithAnOpenAttemptSaysSo) {
    const auto id = insert();
    EXPECT_FALSE(read(id).attempt_open);
    claim({request(id)});
    EXPECT_TRUE(read(id).attempt_open);
    EXPECT_EQ(read(id).doubt_since, std::nullopt);
}

TEST_F(OutboxReadTest, ARowInDoubtSaysSinceWhen) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult doubt = in_doubt(claimed);
    record({doubt});
    EXPECT_TRUE(read(claimed.id()).attempt_open);
    EXPECT_EQ(read(claimed.id()).doubt_since, doubt.ended);
}

TEST_F(OutboxReadTest, ARowThatWasNeverTriedSaysSo) {
    const OutgoingMessage message = read(insert());
    EXPECT_EQ(message.failed_attempts, 0);
    EXPECT_EQ(message.retry_at, std::nullopt);
    EXPECT_EQ(message.retried, std::nullopt);
    EXPECT_EQ(message.next_part, 1);
    EXPECT_FALSE(message.repeated_key);
    EXPECT_EQ(message.last_attempt, 0);
    EXPECT_FALSE(message.journaled_end);
}

TEST_F(OutboxReadTest, ARowThatAnOperatorAskedToTryAgainSaysWhenAlsoAfterItsNextTry) {
    const auto id = insert();
    const TimePoint at = ledger->now() - 1min;
    ledger->ask_for_another_try(id, at);
    EXPECT_EQ(read(id).retried, at);
    EXPECT_EQ(read(id).retry_at, at);
    EXPECT_EQ(read(id).failed_attempts, 0);
    EXPECT_EQ(read(id).last_attempt, 0);
    record({waiting(claim_it(request(id)))});
    EXPECT_EQ(read(id).retried, at);
    EXPECT_EQ(read(id).failed_attempts, 1);
    record({given_up(claim_it(request(id)))});
    reset(id);
    EXPECT_EQ(read(id).retried, std::nullopt);
}

TEST_F(OutboxReadTest, ARowThatCameToAnEndBeforeTellsAllOfIt) {
    const TimePoint due = ledger->now() - 5min;
    auto wanted = request(insert({.send_date = due}));
    wanted.content_hash.fill(0xab);
    const Claimed claimed = claim_it(wanted);
    change(claimed.id(), [&](StoredRow& row) { row.send_date = due + 1min; });
    AttemptResult result = given_up(claimed);
    result.outcome.provider_id = "SM1";
    result.outcome.metadata["error"] = "no such number";
    record({result});
    save_stale(claimed.id());
    const JournaledEnd end = read(claimed.id()).journaled_end.value();
    EXPECT_EQ(end.attempt_id, claimed.claim.attempt.id);
    EXPECT_EQ(end.part, 1);
    EXPECT_TRUE(end.given_up);
    EXPECT_EQ(end.send_date, due) << "as it was claimed";
    EXPECT_EQ(end.ended, result.ended);
    EXPECT_EQ(end.content_hash, wanted.content_hash);
    EXPECT_EQ(end.verdict, Verdict::rejected);
    EXPECT_EQ(end.reason, "no such number");
    EXPECT_EQ(end.provider_id, "SM1");
    EXPECT_EQ(end.metadata, R"({"error":"no such number"})");
    EXPECT_THAT(end.accepted, IsEmpty());
}

TEST_F(OutboxReadTest, OfSeveralEndsTheLastIsTold) {
    const Claimed first = insert_and_claim();
    record({given_up(first)});
    reset(first.id());
    const Claimed second = claim_it(request_knowing(first));
    record({sent(second)});
    save_stale(first.id());
    const JournaledEnd end = read(first.id()).journaled_end.value();
    EXPECT_EQ(end.attempt_id, second.claim.attempt.id);
    EXPECT_FALSE(end.given_up);
}

TEST_F(OutboxReadTest, OnlyRowsThatAreReadByTheirIdsTellOfTheirEnd) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    save_stale(claimed.id());
    EXPECT_FALSE(result_of(outbox->read_due({}, TimePoint::max(), 10)).at(0).journaled_end);
}

TEST_F(OutboxReadTest, MediaComeInTheirOrderWithTheirMessages) {
    const MessageId two = insert();
    const MessageId none = insert();
    const MessageId nameless = insert();
    ledger->add_media(two, {"outgoing/a.png", "image/png"});
    ledger->add_media(nameless, {"", "image/gif"});
    ledger->add_media(two, {"outgoing/b.pdf", "application/pdf"});
    const auto media = result_of(outbox->read_media({two, none, nameless, 999999}));
    ASSERT_EQ(media.size(), 2u);
    EXPECT_THAT(media.at(two), ElementsAre(Media{"outgoing/a.png", "image/png"},
                                           Media{"outgoing/b.pdf", "application/pdf"}));
    EXPECT_THAT(media.at(nameless), ElementsAre(Media{"", "image/gif"}));
    EXPECT_EQ(result_of(outbox->read_media({})).size(), 0u);
}

}  // namespace
}  // namespace postrider::testing
