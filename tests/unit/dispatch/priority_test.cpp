// What `priority` in a message's metadata does, also where there are more messages than fit in memory.
#include "tests/support/daemon_in_memory.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct PriorityTest : testing::DaemonTest {
    PriorityTest() {
        settings.channels = {channel("sms")};
        settings.channels[0].channel.rate = Rate{1, 1s};
        limits.window = {.whole = 20, .parked = 20, .of_conversation = 4};
        // More than fits, and than is read at a time.
        for (int i = 0; i < bulk; ++i)
            insert("bulk" + std::to_string(i), "to " + std::to_string(i), -1h + i * 1ms);
    }
    MessageId insert_urgent(std::string text, std::string to, std::chrono::milliseconds due_in = {}) {
        testing::MemoryDatabase::Row row;
        row.text = std::move(text);
        row.destination = std::move(to);
        row.send_date = clock.now() + due_in;
        row.ready = true;
        row.metadata = R"({"priority": 5})";
        const MessageId id = database.insert(std::move(row));
        ring(id);
        return id;
    }
    void start() {
        start_daemon().dispatcher.intake().set_doorbell(true);
        pass(10s);
        ASSERT_TRUE(daemons[0].dispatcher.lane("sms").full());
    }
    std::size_t left() { return provider().left.size(); }

    static constexpr int bulk = 1500;
};

TEST_F(PriorityTest, AnUrgentMessageGoesAheadOfAllThatWaitAlsoOfWhatIsNotInMemory) {
    start();
    const MessageId first = insert_urgent("urgent", "somebody");
    pass(15s);  // all is read once, to know what would be overtaken
    EXPECT_TRUE(is_sent(first));
    const MessageId second = insert_urgent("urgent again", "somebody else");
    pass(2s);
    EXPECT_TRUE(is_sent(second)) << "now it is known";
    EXPECT_LT(left(), 40u);
}

TEST_F(PriorityTest, AnUrgentMessageDoesNotOvertakeWhatIsBeforeItInItsConversation) {
    start();
    insert_urgent("asks for knowledge", "somebody");
    pass(15s);
    const MessageId urgent = insert_urgent("urgent", "to " + std::to_string(bulk - 1));
    pass(60s);
    EXPECT_FALSE(is_sent(urgent));
    settings.channels[0].channel.rate.reset();
    daemons[0].dispatcher.reconfigure(settings);
    pass(1min);
    EXPECT_TRUE(is_sent(urgent));
    EXPECT_EQ(provider().texts().back(), "urgent");
}

TEST_F(PriorityTest, WhatComesBeforeAnUrgentMessageThatWaitsInMemoryGoesBeforeIt) {
    start();
    insert_urgent("asks for knowledge", "somebody");
    pass(15s);
    const MessageId urgent = insert_urgent("later", "x", 30s);
    settle();
    ASSERT_TRUE(daemons[0].dispatcher.lane("sms").holds(database.read(urgent)));
    const MessageId before = insert("before", "x", -1s);  // in its turn behind all of the bulk
    pass(2min);
    EXPECT_FALSE(is_sent(before));
    EXPECT_FALSE(is_sent(urgent));
}

TEST_F(PriorityTest, NothingUrgentGoesAheadWhileSomethingRangThatWasNotReadYet) {
    start();
    insert_urgent("asks for knowledge", "somebody");
    pass(15s);
    daemons[0].outbox.read_answers.close();
    const MessageId urgent = insert_urgent("urgent", "x");
    settle();
    insert("may be to x, for all that is known", "y", -30min);
    settle();
    daemons[0].outbox.read_answers.open();
    settle();
    EXPECT_FALSE(daemons[0].dispatcher.lane("sms").holds(database.read(urgent)));
    EXPECT_FALSE(is_sent(urgent));
    pass(30s);
    EXPECT_TRUE(is_sent(urgent)) << "now all was read";
}

TEST_F(PriorityTest, BulkIsNotStarved) {
    start();
    insert_urgent("asks for knowledge", "somebody");
    pass(15s);
    for (int i = 0; i < 100; ++i) insert_urgent("urgent", "u" + std::to_string(i));
    pass(1s);
    const std::size_t before = left();
    std::size_t urgent_before = times_left("urgent");
    pass(20s);
    const std::size_t sent = left() - before;
    EXPECT_GE(sent - (times_left("urgent") - urgent_before), sent / 10);
    EXPECT_GT(times_left("urgent"), urgent_before);
}

TEST_F(PriorityTest, ATryThatFailedIsReadAgainWhenItsTimeComes) {
    settings.channels[0].channel.rate.reset();
    provider().script(Verdict::deferred);
    database.rows.clear();
    start_daemon().dispatcher.intake().set_doorbell(true);
    const MessageId id = insert("again", "a");
    for (int i = 0; i < 10; ++i) insert("behind" + std::to_string(i), "a");
    pass(1min);
    EXPECT_TRUE(is_sent(id));
    const auto texts = provider().texts();
    ASSERT_EQ(texts.size(), 12u);
    EXPECT_EQ(texts[0], "again");
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(texts[static_cast<std::size_t>(i) + 2], "behind" + std::to_string(i));
}

}  // namespace
}  // namespace postrider
