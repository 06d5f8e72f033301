#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OutboxReadTest : OutboxLoopTest {};

TEST_F(OutboxReadTest, RowsComeInTheOrderOfSendDateAndThenId) {
    const auto later = insert("send_date = '2020-01-02'");
    const auto first = insert("send_date = '2020-01-01'");
    const auto second = insert("send_date = '2020-01-01'");
    EXPECT_THAT(due_ids(), ElementsAre(first, second, later));
}

TEST_F(OutboxReadTest, RowsThatWereLongOverdueBeforeWeCameAreLeftOutAndNewerOnesAreNot) {
    const MessageId old = insert("send_date = now() - interval '3 days'");
    const MessageId recent = insert("send_date = now() - interval '1 hour'");
    held = {db.now() - std::chrono::hours{24}, recent};
    const MessageId since = insert("send_date = now() - interval '3 days'");
    EXPECT_THAT(due_ids(), ElementsAre(since, recent));
    EXPECT_THAT(read_all({old}), IsEmpty());
    EXPECT_THAT(read_all({since}), SizeIs(1));
}

TEST_F(OutboxReadTest, PagesJoinWithoutGapOrRepetition) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date) "
        "select 'a', 'b', '2020-01-01'::timestamptz + (i % 7) * interval '1 microsecond' from "
        "generate_series(1, 100) i");
    std::vector<MessageId> paged;
    MessageKey after;
    for (;;) {
        const auto page = result_of(outbox->read_due(after, TimePoint::max(), 9));
        if (page.empty()) break;
        for (const OutgoingMessage& each : page) paged.push_back(each.key.id);
        after = page.back().key;
        ASSERT_LE(paged.size(), 100u);
    }
    EXPECT_EQ(paged, due_ids());
}

TEST_F(OutboxReadTest, PagesJoinAlsoAtMomentsThatAFractionCannotHold) {
    for (const char* moment :
         {"0001-01-01 00:00:00.123457", "0001-01-01 00:00:00.123458", "4700-03-01 00:00:00.123457 BC",
          "1969-12-31 23:59:59.999999", "2300-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"}) {
        insert("send_date = '" + std::string(moment) + "'");
    }
    std::vector<MessageId> paged;
    MessageKey after;
    for (auto page = result_of(outbox->read_due(after, TimePoint::max(), 1));
         !page.empty() && paged.size() < 10; page = result_of(outbox->read_due(after, TimePoint::max(), 1))) {
        after = page[0].key;
        paged.push_back(after.id);
    }
    EXPECT_EQ(paged, due_ids());
}

TEST_F(OutboxReadTest, NothingBeyondTheHorizonIsRead) {
    const auto soon = insert("send_date = '2031-01-01 00:00:00.000001'");
    insert("send_date = '2031-01-01 00:00:00.000002'");
    const TimePoint horizon = read(soon).key.send_date;
    EXPECT_THAT(due_ids({}, horizon), ElementsAre(soon));
}

TEST_F(OutboxReadTest, WhatWasSentOrErroredIsNotDue) {
    insert("sent_date = now()");
    insert("errored = true");
    EXPECT_THAT(due_ids(), IsEmpty());
}

TEST_F(OutboxReadTest, ASendDateOfInfinityIsNeverDue) {
    const auto id = insert("send_date = 'infinity'");
    EXPECT_THAT(due_ids(), IsEmpty());
    EXPECT_EQ(read(id).key.send_date, TimePoint::max());
}

TEST_F(OutboxReadTest, ASendDateOfMinusInfinityIsDueFirst) {
    const auto now = insert();
    const auto first = insert("send_date = '-infinity'");
    EXPECT_THAT(due_ids(), ElementsAre(first, now));
    EXPECT_EQ(read(first).key.send_date, TimePoint::min());
    EXPECT_THAT(due_ids(read(first).key), ElementsAre(now));
}

TEST_F(OutboxReadTest, MetadataThatIsNullIsNone) {
    EXPECT_EQ(read(insert("transmission_metadata = null")).transmission_metadata, std::nullopt);
}

TEST_F(OutboxReadTest, MetadataComesAsItIsWhateverItIs) {
    for (const std::string text : {"", "no json {", "[1]", "{\"a\" :  1e400}"}) {
        EXPECT_EQ(read(insert("transmission_metadata = '" + text + "'")).transmission_metadata, text);
    }
}

TEST_F(OutboxReadTest, TextsOfAnyScriptAndLengthComeUnchanged) {
    const std::string script = "Grüße, שלום, 你好, 👩‍👩‍👧";
    std::string text;
    while (text.size() < 1'000'000) text += script;
    const auto id = insert();
    db.sql("update simple_messaging_outgoingmessage set message = $1, destination = $2 where id = $3", text,
           script, id);
    const OutgoingMessage message = read(id);
    EXPECT_TRUE(message.text.reveal() == text);
    EXPECT_EQ(message.destination.reveal(), script);
}

TEST_F(OutboxReadTest, AnEditChangesTheRowsVersion) {
    const auto id = insert();
    const std::string before = read(id).row_version;
    EXPECT_EQ(read(id).row_version, before);
    change(id, "message = message");
    EXPECT_NE(read(id).row_version, before);
}

TEST_F(OutboxReadTest, ItsMediaAreCounted) {
    const auto id = insert();
    db.sql("insert into simple_messaging_outgoingmessagemedia (message_id) values ($1), ($1)", id);
    EXPECT_EQ(read(id).media_count, 2);
}

TEST_F(OutboxReadTest, ARowDeclaredCompleteSaysSo) {
    const auto id = insert();
    EXPECT_FALSE(read(id).ready);
    EXPECT_EQ(db.number("select postrider.ready($1)", id), 1);
    EXPECT_TRUE(read(id).ready);
}

TEST_F(OutboxReadTest, ARowWithAnOpenAttemptSaysSo) {
    const auto id = insert();
    EXPECT_FALSE(read(id).attempt_open);
    claim({request(read(id))});
    EXPECT_TRUE(read(id).attempt_open);
}

TEST_F(OutboxReadTest, ARowThatWaitsForAnotherTrySaysWhenAndHowManyFailed) {
    const auto id = insert();
    db.sql("insert into postrider.retry values ($1, 3, '2031-01-01 00:00:00.000001', 'busy')", id);
    const OutgoingMessage message = read(id);
    EXPECT_EQ(message.failed_attempts, 3);
    EXPECT_EQ(message.retry_at, TimePoint(std::chrono::sys_days{std::chrono::year{2031} / 1 / 1}) +
                                    std::chrono::microseconds{1});
}

TEST_F(OutboxReadTest, EveryReadingOfDueRowsTellsTheDatabasesTime) {
    insert();
    const TimePoint before = db.now();
    due_ids();
    ASSERT_TRUE(clock_reading.has_value());
    EXPECT_GE(*clock_reading, before);
    EXPECT_LE(*clock_reading, db.now());
}

}  // namespace
}  // namespace postrider::testing
