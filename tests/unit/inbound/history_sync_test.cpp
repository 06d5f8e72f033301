#include "lib/inbound/history_sync.h"

#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct StoredEntries final : InboxStore {
    Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> entries) override {
        if (away) throw std::runtime_error("away");
        std::vector<KeptEntry> kept;
        for (InboxEntry& each : entries) {
            kept.push_back({true});
            stored.push_back(std::move(each));
        }
        co_return kept;
    }
    void set_forwards(ForwardTargets) override {}
    Task<std::vector<std::string>> read_blocked_senders() override { co_return std::vector<std::string>(); }
    Task<AppliedReports> apply_reports(std::size_t) override { co_return AppliedReports(); }

    std::vector<InboxEntry> stored;
    bool away = false;
};

struct MemoryHistory final : HistoryStore {
    Task<std::map<std::string, Known>> known(std::string, std::vector<Asked> asked, TimePoint from,
                                             TimePoint to) override {
        looked_from = from;
        looked_to = to;
        for (const Asked& each : asked) contents[each.provider_id] = each.contents.size();
        co_return knows;
    }
    Task<std::size_t> add(std::string, std::vector<SentElsewhere> rows) override {
        added = rows;
        co_return rows.size();
    }

    std::map<std::string, Known> knows;
    std::map<std::string, std::size_t> contents;
    std::vector<SentElsewhere> added;
    TimePoint looked_from{}, looked_to{};
};

struct Listed final : MessageHistory {
    Task<std::vector<PastMessage>> messages_since(TimePoint when, const Sealer&) override {
        since = when;
        co_return messages;
    }
    Task<std::vector<IncomingMedium>> media_of(std::string id) override {
        std::vector<IncomingMedium> media{{"https://files.example.org/" + id, "image/gif"}};
        co_return media;
    }

    std::vector<PastMessage> messages;
    TimePoint since{};
};

struct HistorySyncTest : ClockTest {
    HistorySyncTest() {
        group.spawn("inbox", inbox.run());
        settle();
    }
    ~HistorySyncTest() override { stop(); }

    PastMessage& past(const std::string& id, bool is_incoming, const std::string& text = "hello",
                      std::chrono::minutes ago = 30min) {
        PastMessage message;
        message.created = clock.now() - ago;
        message.is_incoming = is_incoming;
        message.message.provider_id = id;
        message.message.sender = Address(is_incoming ? "+17735550123" : "+13125550100");
        message.message.recipient = Address(is_incoming ? "+13125550100" : "+17735550123");
        message.message.text = Text(text);
        message.message.received = message.created;
        history.messages.push_back(message);
        return history.messages.back();
    }
    SyncReport sync() {
        InboundChannel channel{.name = "sms", .transport = "test", .replies = {}, .receiver = nullptr};
        return result_of(syncing.sync(channel, history, clock.now() - 1h));
    }
    std::vector<std::string> stored() const {
        std::vector<std::string> keys;
        for (const InboxEntry& each : store.stored) keys.push_back(each.event_key);
        return keys;
    }

    StoredEntries store;
    Privacy privacy{std::nullopt, Secret("salt")};
    FixedRandom random;
    ReplyDesk replies{io.get_executor(), clock};
    Inbox inbox{io.get_executor(), clock, store, nullptr, nullptr};
    BlockedSenders blocked{io.get_executor(), clock, store, privacy, "US"};
    WebhookIntake intake{{clock, privacy, inbox, blocked, random, replies, "US"}};
    MemoryHistory rows;
    Listed history;
    HistorySync syncing{{clock, privacy, intake, rows, "US"}};
};

TEST_F(HistorySyncTest, WhatIsMissingIsAddedWithItsTimeAndItsFiles) {
    past("M1", true).media_count = 1;
    past("M2", false, "sent by others");
    past("M3", true);
    rows.knows["M3"] = HistoryStore::Known::yes;
    const SyncReport report = sync();
    EXPECT_EQ(report.listed, 3u);
    EXPECT_EQ(report.incoming, 1u);
    EXPECT_EQ(report.outgoing, 1u);
    ASSERT_THAT(stored(), ElementsAre("M1"));
    const InboxEntry& entry = store.stored[0];
    EXPECT_EQ(entry.received, clock.now() - 30min);
    EXPECT_EQ(entry.channel, "sms");
    ASSERT_THAT(entry.message->media, SizeIs(1));
    EXPECT_EQ(entry.message->media[0].url, "https://files.example.org/M1");
    EXPECT_THAT(entry.message->metadata, HasSubstr("sync_date"));
    ASSERT_THAT(rows.added, SizeIs(1));
    EXPECT_EQ(rows.added[0].destination, "+17735550123");
    EXPECT_EQ(rows.added[0].text, "sent by others");
    EXPECT_EQ(rows.added[0].sent, clock.now() - 30min);
    EXPECT_FALSE(rows.added[0].errored);
    EXPECT_THAT(rows.added[0].metadata, HasSubstr(R"("message_channel":"sms")"));
}

TEST_F(HistorySyncTest, WhatMayStillBeOnItsWayIsLeftForTheNextTime) {
    past("M1", true, "hello", 9min);
    past("M2", false, "hello", 9min);
    const SyncReport report = sync();
    EXPECT_EQ(report.recent, 2u);
    EXPECT_THAT(stored(), IsEmpty());
    EXPECT_THAT(rows.added, IsEmpty());
}

TEST_F(HistorySyncTest, WhatAnAttemptInDoubtMayHaveSentIsLeft) {
    past("M1", false);
    rows.knows["M1"] = HistoryStore::Known::perhaps;
    EXPECT_EQ(sync().left, 1u);
    EXPECT_THAT(rows.added, IsEmpty());
    EXPECT_GT(rows.contents["M1"], 0u) << "what it says is asked for";
}

TEST_F(HistorySyncTest, RowsAreLookedForAnHourAround) {
    sync();
    EXPECT_EQ(rows.looked_from, clock.now() - 2h);
    EXPECT_EQ(rows.looked_to, clock.now() + 1h);
}

TEST_F(HistorySyncTest, OfStopAndStartTheLastCountsWhetherOrNotWeHadIt) {
    past("M1", true, "STOP");
    past("M2", true, "START");
    rows.knows["M2"] = HistoryStore::Known::yes;
    sync();
    ASSERT_THAT(store.stored, SizeIs(1));
    EXPECT_FALSE(store.stored[0].suppression);
    history.messages.clear();
    past("M3", true, "STOP");
    sync();
    ASSERT_THAT(store.stored, SizeIs(2));
    EXPECT_TRUE(store.stored[1].suppression);
}

TEST_F(HistorySyncTest, WhatDidNotArriveIsErroredAndSaysWhy) {
    past("M1", false).failure = "not delivered (failed)";
    sync();
    ASSERT_THAT(rows.added, SizeIs(1));
    EXPECT_TRUE(rows.added[0].errored);
    EXPECT_THAT(rows.added[0].metadata, HasSubstr(R"-("error":"not delivered (failed)")-"));
}

TEST_F(HistorySyncTest, WhereTheDatabaseIsAwayItSaysSo) {
    past("M1", true);
    store.away = true;
    const auto complaint = [](Task<SyncReport> task) -> Task<std::string> {
        try {
            co_await std::move(task);
        } catch (const std::runtime_error& error) {
            co_return error.what();
        }
        co_return "";
    };
    InboundChannel channel{.name = "sms", .transport = "test", .replies = {}, .receiver = nullptr};
    EXPECT_THAT(result_of(complaint(syncing.sync(channel, history, clock.now() - 1h))),
                HasSubstr("cannot be stored now"));
}

}  // namespace
}  // namespace postrider::testing
