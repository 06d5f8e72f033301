// What PostgreSQL alone has to say about reading.
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using PgOutboxReadTest = OutboxLoopTest;

TEST_F(PgOutboxReadTest, RowsThatWereLongOverdueBeforeWeCameAreLeftOutAndNewerOnesAreNot) {
    const MessageId old = insert("send_date = now() - interval '3 days'");
    const MessageId recent = insert("send_date = now() - interval '1 hour'");
    held = {db.now() - std::chrono::hours{24}, recent};
    const MessageId since = insert("send_date = now() - interval '3 days'");
    EXPECT_THAT(due_ids(), ElementsAre(since, recent));
    EXPECT_THAT(read_all({old}), IsEmpty());
    EXPECT_THAT(read_all({since}), SizeIs(1));
}

TEST_F(PgOutboxReadTest, PagesJoinAlsoAtMomentsThatAFractionCannotHold) {
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

TEST_F(PgOutboxReadTest, EveryReadingOfDueRowsTellsTheDatabasesTime) {
    insert();
    const TimePoint before = db.now();
    due_ids();
    ASSERT_TRUE(pg.clock_reading.has_value());
    EXPECT_GE(*pg.clock_reading, before);
    EXPECT_LE(*pg.clock_reading, db.now());
}

TEST_F(PgOutboxReadTest, MessagesOfAnOlderSiteThatHasNoLookupKeysAreReadAndWritten) {
    PgLedger::keep_database_from_others();
    db.script("alter table simple_messaging_outgoingmessage drop column lookup_key");
    outbox = make_pg_outbox(
        database, [](TimePoint) {}, [this] { return me; }, [this] { return held; }, false);
    const MessageId id = insert();
    EXPECT_THAT(due_ids(), ElementsAre(id));
    EXPECT_TRUE(read(id).has_lookup_key) << "else somebody would want to write one";
    record({sent(claim_it(request(id)))});
    EXPECT_EQ(column(id, "sent_date is not null"), "t");
}

}  // namespace
}  // namespace postrider::testing
