#include "tests/support/daemon_in_memory.h"

#include <gmock/gmock.h>

#include <random>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct SeveralDaemonsTest : testing::DaemonTest {
    void start_two() {
        start_daemon();
        start_daemon();
        pass(10s);
        ASSERT_EQ(shards_of(0), 32u);
        ASSERT_EQ(shards_of(1), 32u);
    }
    std::size_t shards_of(std::size_t daemon) {
        std::size_t count = 0;
        for (const auto& [shard, owner] : database.shards)
            count += owner == daemons[daemon].link.daemon() ? 1 : 0;
        return count;
    }
    std::vector<MessageId> insert_many(int count, std::chrono::milliseconds apart = {}) {
        std::vector<MessageId> ids;
        for (int i = 0; i < count; ++i) {
            ids.push_back(insert("m" + std::to_string(i), "to " + std::to_string(i % 40), apart * i));
        }
        return ids;
    }
    void expect_each_left_once(int count) {
        for (int i = 0; i < count; ++i) EXPECT_EQ(times_left("m" + std::to_string(i)), 1u) << "message " << i;
    }
    /// The process is gone: nothing of it reaches the database or a provider any more.
    void kill(std::size_t daemon) {
        database.end_session(daemons[daemon].link.daemon());
        daemons[daemon].link.away = daemons[daemon].outbox.away = true;
        dead = daemon;
    }
    std::optional<std::size_t> dead;
};

TEST_F(SeveralDaemonsTest, ShareTheWorkAndSendNothingTwice) {
    start_two();
    insert_many(400);
    pass(1min);
    expect_each_left_once(400);
    EXPECT_GT(daemons[0].outbox.calls["record"], 0);
    EXPECT_GT(daemons[1].outbox.calls["record"], 0);
}

TEST_F(SeveralDaemonsTest, OneThatJoinsUnderLoadSendsNothingTwice) {
    start_daemon();
    insert_many(400, 50ms);
    pass(5s);
    start_daemon();
    pass(1min);
    expect_each_left_once(400);
    EXPECT_EQ(shards_of(0), 32u);
}

TEST_F(SeveralDaemonsTest, OneThatLeavesHandsItsShardsOverAtOnce) {
    start_two();
    stop_now(daemons[1]);
    EXPECT_EQ(shards_of(0), 64u);
    insert_many(100);
    pass(10s);
    expect_each_left_once(100);
}

TEST_F(SeveralDaemonsTest, TheMessagesOfOneThatDiesMoveToTheOther) {
    start_two();
    kill(1);
    insert_many(100, 50ms);
    pass(20s);
    EXPECT_EQ(shards_of(0), 64u);
    expect_each_left_once(100);
}

TEST_F(SeveralDaemonsTest, WhatADeadOneLeftInDoubtIsNotSentAgain) {
    start_two();
    provider().gate.close();
    const auto ids = insert_many(40);
    settle();
    const std::size_t left = provider().left.size();
    ASSERT_EQ(left, 8u) << "four calls each";
    kill(1);
    pass(10s);
    provider().gate.open();
    pass(5min);
    int errored = 0;
    for (MessageId id : ids) errored += row(id).errored ? 1 : 0;
    EXPECT_EQ(errored, 4);
    expect_each_left_once(40);
    EXPECT_TRUE(database.open.empty());
}

TEST_F(SeveralDaemonsTest, AFrozenOneFinishesNothingOnceItsLeaseIsOver) {
    start_two();
    kill(1);
    database.daemons.at(2).lock_held = true;  // frozen, not dead
    insert_many(100);
    pass(1min);
    expect_each_left_once(100);
    // It thaws, and joins anew.
    daemons[1].link.away = daemons[1].outbox.away = false;
    pass(10s);
    EXPECT_EQ(daemons[1].link.joins, 2);
    EXPECT_EQ(shards_of(1), 32u);
}

TEST_F(SeveralDaemonsTest, AConversationKeepsItsOrderWhenItsShardMoves) {
    start_daemon();
    for (int i = 0; i < 200; ++i) insert("m" + std::to_string(i), "to " + std::to_string(i % 10), i * 100ms);
    pass(5s);
    start_daemon();
    pass(5s);
    stop_now(daemons[0]);
    pass(1min);
    expect_each_left_once(200);
    std::map<std::string, int> last;
    for (const PreparedRequest& request : provider().left) {
        const int number = std::stoi(request.text.reveal().substr(1));
        int& before = last.try_emplace(request.destination.reveal(), -1).first->second;
        EXPECT_LT(before, number);
        before = number;
    }
}

// Whatever the database does, nothing is lost and nothing is sent twice.
TEST_F(SeveralDaemonsTest, AmongFaultsAtRandomEachMessageLeavesOnce) {
    std::mt19937 random(20260101);  // `make simulate` is what searches
    const auto pick = [&random](unsigned count) { return random() % count; };
    start_daemon();
    start_daemon();
    constexpr int messages = 300;
    const auto ids = insert_many(messages, 200ms);
    for (int step = 0; step < 120; ++step) {
        testing::DaemonInMemory& daemon = daemons[pick(2)];
        switch (pick(8)) {
            case 0: daemon.outbox.lose_answers["claim"] += 1; break;
            case 1: daemon.outbox.lose_answers["record"] += 1; break;
            case 2: daemon.outbox.away = true; break;
            case 3: daemon.link.away = true; break;
            case 4: {
                testing::MemoryDatabase::Row& row = database.rows.at(ids[pick(messages)]);
                if (row.waits()) row.version = ++database.last_version;
                break;
            }
            case 5: provider().script(Verdict::deferred); break;
            default: daemon.outbox.away = daemon.link.away = false; break;
        }
        pass(std::chrono::milliseconds{pick(1500)});
    }
    for (testing::DaemonInMemory& daemon : daemons) daemon.outbox.away = daemon.link.away = false;
    provider().end_script();  // else the last message may be put off by all that is left of it
    pass(30min);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto verdicts = database.verdicts(ids[i]);
        const auto in_doubt = std::count(verdicts.begin(), verdicts.end(), Verdict::in_doubt);
        const auto deferred = std::count(verdicts.begin(), verdicts.end(), Verdict::deferred);
        EXPECT_FALSE(row(ids[i]).waits()) << "message " << i << " is lost";
        EXPECT_EQ(row(ids[i]).errored, in_doubt > 0) << "message " << i;
        const auto times = times_left("m" + std::to_string(i));
        EXPECT_LE(times, 1u + static_cast<std::size_t>(deferred)) << "message " << i << " left twice";
    }
    EXPECT_TRUE(database.open.empty());
}

}  // namespace
}  // namespace postrider
