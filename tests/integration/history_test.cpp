// What our rows and journal know of a provider's records, on PostgreSQL.
#include "lib/store/pg_history.h"
#include "lib/store/pg_inbox.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Known = HistoryStore::Known;

struct PgHistoryTest : OutboxLoopTest {
    ~PgHistoryTest() override { stop(); }

    std::map<std::string, Known> known(std::vector<HistoryStore::Asked> asked) {
        return result_of(history->known("test", std::move(asked), db.now() - 1h, db.now() + 1h));
    }
    static SentElsewhere row(const std::string& id) {
        return {.provider_id = id,
                .destination = "+17735550123",
                .text = "sent by others",
                .lookup_key = "key",
                .metadata = R"({"sid": [")" + id + R"("]})",
                .sent = TimePoint(1770000000s)};
    }

    std::unique_ptr<HistoryStore> history = make_pg_history(database);
    std::unique_ptr<InboxStore> inbox = make_pg_inbox(database, true);
};

TEST_F(PgHistoryTest, KnownIsWhatCameByWebhookWhatTheJournalHasAndWhatAnyRowNames) {
    InboxEntry entry{.transport = "test", .channel = "sms", .event_key = "by-webhook", .received = db.now()};
    entry.message =
        InboxMessage{.sender = "a", .recipient = "b", .text = "c", .metadata = "{}", .lookup_key = ""};
    std::vector<InboxEntry> all{entry};
    result_of(inbox->store(all));
    const Claimed claimed = insert_and_claim();
    AttemptResult result = sent(claimed);
    result.outcome.provider_id = "by-journal";
    record({result});
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date, errored, "
        "transmission_metadata) values ('x', 'y', now(), now(), false, 'no JSON: by-site, and more')");
    db.sql(
        "insert into simple_messaging_incomingmessage (sender, recipient, receive_date, message, "
        "transmission_metadata) values ('x', 'y', now(), 'z', '{\"MessageSid\": [\"came-to-site\"]}'), "
        "('x', 'y', now() - interval '2 hours', 'z', '{\"MessageSid\": \"long-ago\"}')");
    EXPECT_THAT(
        known({{"by-webhook"}, {"by-journal"}, {"by-site"}, {"came-to-site"}, {"by"}, {"long-ago"}, {"new"}}),
        UnorderedElementsAre(Pair("by-webhook", Known::yes), Pair("by-journal", Known::yes),
                             Pair("by-site", Known::yes), Pair("came-to-site", Known::yes)));
}

TEST_F(PgHistoryTest, WhatAnOpenAttemptSaysMayBeItsMessage) {
    const Claimed claimed = insert_and_claim();
    const std::string hash = db.text("select encode(content_hash, 'hex') from postrider.attempt");
    Hash content{};
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<unsigned char>(std::stoi(hash.substr(2 * i, 2), nullptr, 16));
    EXPECT_THAT(known({{"M1", {content}}, {"M2", {}}}), ElementsAre(Pair("M1", Known::perhaps)));
    AttemptResult result = sent(claimed);
    result.outcome.provider_id = "M3";
    record({result});
    EXPECT_THAT(known({{"M1", {content}}}), IsEmpty()) << "its answer came, with another name";
}

TEST_F(PgHistoryTest, WhatIsAddedIsSentOnceAndIsNeverDue) {
    std::vector<SentElsewhere> rows{row("M1"), row("M1"), row("M2")};
    EXPECT_EQ(result_of(history->add("test", rows)), 2u);
    EXPECT_EQ(result_of(history->add("test", rows)), 0u);
    EXPECT_EQ(
        db.text("select count(*) || ' ' || count(*) filter (where sent_date = send_date and not errored and "
                "lookup_key = 'key' and extract(epoch from sent_date) = 1770000000) "
                "from simple_messaging_outgoingmessage"),
        "2 2");
    EXPECT_THAT(known({{"M1"}}), ElementsAre(Pair("M1", Known::yes)));
}

}  // namespace
}  // namespace postrider::testing
