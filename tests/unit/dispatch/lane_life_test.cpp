// A lane whose daemon loses its lease, or ends.
#include "tests/support/lane_test.h"
#include "tests/support/scripted_shortener.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct LaneLifeTest : testing::LaneTest {};

TEST_F(LaneLifeTest, WithoutAPermitNothingLeavesAndTheMessageWaits) {
    start();
    transport->before_permit = [this] { since_boot += 10s; };  // the machine slept just then
    const MessageId id = insert_and_offer("one");
    settle();
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_EQ(transport->refused_by_permit, 1u);
    EXPECT_TRUE(row(id).waits());
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::deferred));
    transport->before_permit = nullptr;
    pass(10s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneLifeTest, WhatWasClaimedInOneLifeOfTheDaemonDoesNotLeaveInTheNext) {
    start();
    transport->connecting.close();
    insert_and_offer("one");
    settle();
    ASSERT_EQ(transport->connecting.waiting(), 1u);
    database.daemons.at(store.daemon()).ended = true;  // a peer found its heartbeat too old
    pass(5s);
    ASSERT_EQ(store.joins, 2);
    ASSERT_TRUE(membership->granted());
    transport->connecting.open();
    settle();
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_EQ(transport->refused_by_permit, 1u);
}

TEST_F(LaneLifeTest, AReloadWhileAMessageIsPreparedChangesNothingForIt) {
    auto shortener = std::make_unique<testing::ScriptedShortener>(io.get_executor());
    testing::ScriptedShortener& service = *shortener;
    service.gate.close();
    std::vector<std::unique_ptr<LinkShortener>> services;
    services.push_back(std::move(shortener));
    LinkShortening links(clock, std::move(services));
    preparer = std::make_unique<Preparer>(privacy, nullptr, &links);
    start();
    const MessageId id = insert_and_offer("https://x.org/long");
    settle();
    ASSERT_EQ(service.gate.waiting(), 1u);
    const std::weak_ptr<Transport> before = transport;
    transport = std::make_shared<testing::ScriptedTransport>(io.get_executor());
    lane->reconfigure(channel, transport);
    EXPECT_FALSE(before.expired()) << "the message is being prepared for it";
    service.gate.open();
    settle();
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(transport->texts(), ::testing::ElementsAre("https://s/1"));
    lane->cut();
    settle();
}

TEST_F(LaneLifeTest, DrainingLetsWhatIsUnderWayEnd) {
    start();
    transport->gate.close();
    const MessageId id = insert_and_offer("one");
    settle();
    std::optional<std::size_t> cut;
    group.spawn("drain", keep(lane->drain(5s), cut));
    pass(4s);
    EXPECT_EQ(cut, std::nullopt);
    transport->gate.open();
    settle();
    EXPECT_EQ(cut, 0u);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneLifeTest, DrainingCutsShortWhatDoesNotEndAndTheJournalKeepsIt) {
    start();
    transport->gate.close();
    const MessageId id = insert_and_offer("one");
    settle();
    std::optional<std::size_t> cut;
    group.spawn("drain", keep(lane->drain(5s), cut));
    pass(5s);
    EXPECT_EQ(cut, 1u);
    EXPECT_TRUE(database.open.contains(id));
    EXPECT_TRUE(row(id).waits());
}

}  // namespace
}  // namespace postrider
