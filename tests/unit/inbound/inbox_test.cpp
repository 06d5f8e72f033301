#include "lib/inbound/inbox.h"

#include "tests/support/clock_test.h"
#include "tests/support/gate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MemoryInbox final : public InboxStore {
public:
    explicit MemoryInbox(Executor executor) : gate(executor) {}
    Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> entries) override {
        co_await gate.pass();
        ++calls;
        if (away) throw std::runtime_error("the database is away");
        for (const InboxEntry& each : entries) {
            if (each.channel == "poison") throw EntriesRefused("refused");
        }
        std::vector<KeptEntry> kept;
        for (const InboxEntry& each : entries) {
            const bool is_new = std::find(stored.begin(), stored.end(), each.event_key) == stored.end();
            if (is_new) stored.push_back(each.event_key);
            kept.push_back({is_new, each.message->replies});
        }
        co_return kept;
    }
    void set_forwards(ForwardTargets) override {}
    Task<std::vector<std::string>> read_blocked_senders() override { co_return std::vector<std::string>(); }
    Task<AppliedReports> apply_reports(std::size_t) override { co_return AppliedReports(); }

    std::vector<std::string> stored;
    bool away = false;
    int calls = 0;
    Gate gate;
};

class MemoryInboxSpool final : public InboxSpool {
public:
    Task<> keep_entries(std::vector<InboxEntry> entries) override {
        if (full) throw std::runtime_error("no space left on device");
        for (InboxEntry& each : entries) kept.emplace(++last, std::move(each));
        co_return;
    }
    Task<std::vector<SpooledEntry>> read_entries(std::size_t limit) override {
        std::vector<SpooledEntry> entries;
        for (const auto& [number, entry] : kept) {
            if (entries.size() < limit) entries.push_back({number, entry});
        }
        co_return entries;
    }
    Task<std::size_t> count_entries() override { co_return kept.size(); }
    Task<> forget_entries(std::vector<std::int64_t> numbers) override {
        for (const std::int64_t number : numbers) kept.erase(number);
        co_return;
    }

    std::map<std::int64_t, InboxEntry> kept;
    std::int64_t last = 0;
    bool full = false;
};

InboxEntry entry(const std::string& key, const std::string& channel = "sms") {
    InboxEntry entry{.transport = "test", .channel = channel, .event_key = key, .received = TimePoint()};
    entry.message = InboxMessage{.sender = "+1",
                                 .recipient = "+2",
                                 .text = "hello",
                                 .metadata = "{}",
                                 .lookup_key = "",
                                 .replies = {"reply to " + key}};
    return entry;
}

struct InboxTest : ClockTest {
    ~InboxTest() override { stop(); }

    using Kept = std::optional<std::vector<KeptEntry>>;
    /// Hands an entry in; the answer comes in `answers`.
    void hand_in(const std::string& key, const std::string& channel = "sms") {
        group.spawn("hand in", hand_in_one(entry(key, channel)));
        settle();
    }
    Task<> hand_in_one(InboxEntry one) {
        const std::string key = one.event_key;
        std::vector<InboxEntry> entries(1, std::move(one));
        try {
            answers[key] = co_await inbox.keep(std::move(entries));
        } catch (const EntriesRefused&) {
            refused.push_back(key);
        }
    }
    bool is_safe(const std::string& key) { return answers.contains(key) && answers[key].has_value(); }
    bool is_refused(const std::string& key) { return answers.contains(key) && !answers[key]; }
    void start() {
        group.spawn("inbox", inbox.run());
        settle();
    }

    MemoryInbox store{io.get_executor()};
    MemoryInboxSpool spool;
    int told = 0;
    Inbox inbox{io.get_executor(), clock, store, &spool, [this] { ++told; }};
    std::map<std::string, Kept> answers;
    std::vector<std::string> refused;
};

TEST_F(InboxTest, KeepsWhatComesInInTheDatabaseAndSaysSo) {
    start();
    hand_in("a");
    EXPECT_TRUE(is_safe("a"));
    EXPECT_THAT(answers["a"]->at(0).replies, ElementsAre("reply to a"));
    EXPECT_THAT(store.stored, ElementsAre("a"));
    EXPECT_TRUE(spool.kept.empty());
    EXPECT_EQ(told, 1);
}

TEST_F(InboxTest, MakesOneBatchOfWhatComesWhileAnotherIsWritten) {
    start();
    store.gate.close();
    hand_in("a");
    hand_in("b");
    hand_in("c");
    EXPECT_TRUE(answers.empty());
    store.gate.open();
    settle();
    EXPECT_THAT(store.stored, ElementsAre("a", "b", "c"));
    EXPECT_EQ(store.calls, 2);
    EXPECT_TRUE(is_safe("a") && is_safe("b") && is_safe("c"));
}

TEST_F(InboxTest, KeepsOnDiskWhatTheDatabaseDoesNotTakeAndMovesItOverInOrder) {
    start();
    store.away = true;
    hand_in("a");
    hand_in("b");
    EXPECT_TRUE(is_safe("a") && is_safe("b"));
    EXPECT_TRUE(store.stored.empty());
    EXPECT_EQ(inbox.check().health, Health::warning);
    store.away = false;
    hand_in("c");  // must not pass the others
    EXPECT_TRUE(is_safe("c"));
    pass(10s);
    EXPECT_THAT(store.stored, ElementsAre("a", "b", "c"));
    EXPECT_TRUE(spool.kept.empty());
    EXPECT_EQ(inbox.check().health, Health::ok);
}

TEST_F(InboxTest, AnswersFromTheDiskWhenTheDatabaseTakesTooLong) {
    start();
    store.gate.close();
    hand_in("a");
    pass(3900ms);
    EXPECT_TRUE(answers.empty());
    pass(200ms);
    EXPECT_TRUE(is_safe("a"));
    hand_in("b");  // at once: nobody waits twice for a database that hangs
    EXPECT_TRUE(is_safe("b"));
    store.gate.open();
    pass(10s);
    EXPECT_THAT(store.stored, ElementsAre("a", "b")) << "the second time it is known";
    EXPECT_TRUE(spool.kept.empty());
}

TEST_F(InboxTest, SaysNoWhenNeitherDatabaseNorDiskTakesIt) {
    start();
    store.away = true;
    spool.full = true;
    hand_in("a");
    EXPECT_TRUE(is_refused("a"));
    EXPECT_EQ(inbox.check().health, Health::critical);
    spool.full = false;
    hand_in("a again");
    EXPECT_TRUE(is_safe("a again"));
}

TEST_F(InboxTest, MovesOverWhatAnEarlierProcessLeftBeforeAnythingElse) {
    spool.kept.emplace(++spool.last, entry("old"));
    store.gate.close();
    start();
    hand_in("new");
    store.gate.open();
    pass(10s);
    EXPECT_THAT(store.stored, ElementsAre("old", "new"));
}

TEST_F(InboxTest, LosesNothingElseToAnEntryThatTheDatabaseRefuses) {
    start();
    store.gate.close();
    hand_in("first");
    hand_in("a");
    hand_in("b", "poison");
    hand_in("c");
    store.gate.open();
    settle();
    EXPECT_TRUE(is_safe("a") && is_safe("c"));
    EXPECT_THAT(refused, ElementsAre("b"));
    EXPECT_THAT(store.stored, ElementsAre("first", "a", "c"));
    EXPECT_THAT(inbox.check().text, HasSubstr("1 webhooks since start were refused"));
}

TEST_F(InboxTest, KeepsWhatCameWithARefusedEntryAndSaysThatSomeOfItWasRefused) {
    start();
    const auto all = [this]() -> Task<> {
        std::vector<InboxEntry> entries{entry("a"), entry("b", "poison"), entry("c")};
        try {
            co_await inbox.keep(std::move(entries));
        } catch (const EntriesRefused&) {
            refused.push_back("all");
        }
    };
    group.spawn("hand in", all());
    settle();
    EXPECT_THAT(refused, ElementsAre("all"));
    EXPECT_THAT(store.stored, ElementsAre("a", "c"));
}

TEST_F(InboxTest, DropsARefusedEntryFromTheDiskRatherThanHoldUpTheOthersForEver) {
    start();
    store.away = true;
    hand_in("a");
    hand_in("b", "poison");
    hand_in("c");
    store.away = false;
    pass(20s);
    EXPECT_THAT(store.stored, ElementsAre("a", "c"));
    EXPECT_TRUE(spool.kept.empty());
}

TEST_F(InboxTest, AnswersWhoeverStillWaitsWhenItStops) {
    start();
    store.gate.close();
    hand_in("a");
    group.cancel();
    settle();
    store.gate.open();
    settle();
    EXPECT_FALSE(is_safe("a"));
}

}  // namespace
}  // namespace postrider::testing
