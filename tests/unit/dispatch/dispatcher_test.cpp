#include "lib/dispatch/dispatcher.h"

#include "tests/support/daemon_in_memory.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct DispatcherTest : testing::DaemonTest {
    MessageId insert_on(const std::string& name, std::string text, std::string to = "a",
                        std::chrono::milliseconds due_in = {}) {
        const MessageId id = insert(std::move(text), std::move(to), due_in);
        edit(id, [&](auto& row) { row.metadata = R"({"message_channel": ")" + name + R"("})"; });
        return id;
    }
    Dispatcher& dispatcher(std::size_t daemon = 0) { return daemons[daemon].dispatcher; }
    void use_channels(std::vector<std::string> names) {
        settings.channels.clear();
        for (const std::string& name : names) settings.channels.push_back(channel(name));
    }
    void stop_gently(std::size_t daemon, std::chrono::milliseconds grace) {
        ended.insert(&daemons[daemon]);
        group.spawn("stop", stop_within(dispatcher(daemon), grace));
        settle();
    }
};

TEST_F(DispatcherTest, AMessageLeavesAtItsSendDateAndItsRowSaysSo) {
    start_daemon();
    const MessageId id = insert("hello", "+13125550101", 5s);
    pass(5s);
    ASSERT_EQ(provider().left.size(), 1u);
    EXPECT_EQ(provider().left[0].destination.reveal(), "+13125550101");
    EXPECT_EQ(row(id).sent_date, clock.now());
    EXPECT_FALSE(row(id).errored);
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("\"outcome\":\"sent\""));
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::sent));
}

TEST_F(DispatcherTest, UntilItsClaimAMessageCanBePostponed) {
    start_daemon();
    const MessageId id = insert("m", "a", 5s);
    pass(4s);
    database.edit(id, [&](auto& row) { row.send_date += 20s; });  // without a ring
    pass(20s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(1s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(DispatcherTest, UntilItsClaimAMessageCanBePostponedByAYear) {
    start_daemon();
    const MessageId id = insert("m", "a", 5s);
    pass(4s);
    database.edit(id, [&](auto& row) { row.send_date += 24h * 365; });
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    edit(id, [&](auto& row) { row.send_date = clock.now(); });
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(DispatcherTest, UntilItsClaimAMessageCanBeBroughtForward) {
    start_daemon();
    const MessageId id = insert("m", "a", 40s);
    pass(1s);
    edit(id, [&](auto& row) { row.send_date = clock.now(); });
    settle();
    EXPECT_TRUE(is_sent(id));
    pass(1min);
    EXPECT_EQ(times_left("m"), 1u);
}

TEST_F(DispatcherTest, UntilItsClaimAMessageCanBeEditedDeletedOrErrored) {
    start_daemon();
    const MessageId edited = insert("old", "a", 5s);
    const MessageId deleted = insert("deleted", "b", 5s);
    const MessageId errored = insert("errored", "c", 5s);
    pass(4s);
    database.edit(edited, [](auto& row) { row.text = "new", row.destination = "d"; });
    database.erase(deleted);
    database.edit(errored, [](auto& row) { row.errored = true; });
    pass(1min);
    EXPECT_THAT(provider().texts(), ElementsAre("new"));
    EXPECT_EQ(provider().left[0].destination.reveal(), "d");
    EXPECT_EQ(row(errored).sent_date, std::nullopt);
    EXPECT_TRUE(database.open.empty());
}

TEST_F(DispatcherTest, AMessageCanChangeItsChannelUntilItsClaim) {
    use_channels({"sms", "mail"});
    start_daemon();
    const MessageId id = insert("m", "a", 5s);
    pass(1s);
    edit(id, [](auto& row) { row.metadata = R"({"message_channel": "mail"})"; });
    pass(1min);
    EXPECT_THAT(provider("sms").texts(), IsEmpty());
    EXPECT_THAT(provider("mail").texts(), ElementsAre("m"));
}

TEST_F(DispatcherTest, MetadataWrittenWhileAMessageIsSentIsKept) {
    start_daemon();
    provider().gate.close();
    const MessageId id = insert("m");
    settle();
    database.edit(id, [](auto& row) { row.metadata = R"({"n": 1e400})"; });
    provider().gate.open();
    settle();
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr(R"({"n": 1e400, )"));
}

TEST_F(DispatcherTest, MetadataWrittenWhileAMessageWaitsForARetryIsObeyed) {
    use_channels({"sms", "mail"});
    provider("sms").otherwise = Verdict::deferred;
    start_daemon();
    const MessageId id = insert("m");
    settle();
    ASSERT_EQ(times_left("m"), 1u);
    database.edit(id, [](auto& row) { row.metadata = R"({"message_channel": "mail"})"; });
    pass(10s);
    EXPECT_THAT(provider("mail").texts(), ElementsAre("m"));
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(times_left("m"), 2u);
}

TEST_F(DispatcherTest, AMessageDeletedWhileItIsSentIsNotSentAgain) {
    start_daemon();
    provider().gate.close();
    const MessageId id = insert("m");
    settle();
    database.erase(id);
    provider().gate.open();
    pass(1min);
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::sent));
    EXPECT_EQ(times_left("m"), 1u);
}

TEST_F(DispatcherTest, AConversationKeepsItsOrderAcrossARetry) {
    start_daemon();
    provider().script(Verdict::deferred);
    insert("one");
    insert("two", "a", 1s);
    insert("other", "b", 1s);
    pass(1s);
    EXPECT_THAT(provider().texts(), ElementsAre("one", "other"));
    pass(10s);
    EXPECT_THAT(provider().texts(), ElementsAre("one", "other", "one", "two"));
}

TEST_F(DispatcherTest, AMessageIsGivenUpOnceItHasExpired) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.expire_after = 1h;
    provider().otherwise = Verdict::deferred;
    start_daemon();
    const MessageId id = insert("m");
    pass(2h);
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("expired"));
    EXPECT_GT(times_left("m"), 5u);
    EXPECT_TRUE(database.retries.empty());
}

TEST_F(DispatcherTest, AMessageIsGivenUpAfterTheLastOfItsTries) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.max_attempts = 3;
    provider().otherwise = Verdict::deferred;
    start_daemon();
    const MessageId id = insert("m");
    pass(1h);
    EXPECT_TRUE(row(id).errored);
    EXPECT_EQ(times_left("m"), 3u);
}

TEST_F(DispatcherTest, OneChannelsTroubleDelaysNoOther) {
    use_channels({"sms", "mail"});
    provider("sms").gate.close();
    start_daemon();
    for (int i = 0; i < 100; ++i) insert_on("sms", "slow", "to " + std::to_string(i));
    settle();
    const MessageId id = insert_on("mail", "fast");
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(DispatcherTest, TheBacklogIsThatOfAllLanes) {
    use_channels({"sms", "mail"});
    provider("sms").gate.close();
    provider("mail").gate.close();
    start_daemon();
    insert_on("sms", "m", "a", -3s);
    insert_on("mail", "n", "a", -2s);
    settle();
    EXPECT_EQ(dispatcher().backlog().due, 2u);
    EXPECT_EQ(dispatcher().backlog().lag, 3s);
}

TEST_F(DispatcherTest, StoppingLetsSendsEndAndTakesNothingNew) {
    start_daemon();
    provider().gate.close();
    const MessageId id = insert("m");
    settle();
    stop_gently(0, 10s);
    const MessageId later = insert("later", "b");
    pass(5s);
    EXPECT_EQ(stopped, 0);
    provider().gate.open();
    settle();
    EXPECT_EQ(stopped, 1);
    EXPECT_TRUE(is_sent(id));
    EXPECT_TRUE(row(later).waits());
    EXPECT_TRUE(database.shards.empty());
    EXPECT_TRUE(database.daemons.at(1).ended);
}

TEST_F(DispatcherTest, StoppingTakesNoLongerThanItsGrace) {
    start_daemon();
    provider().gate.close();
    const MessageId id = insert("m");
    settle();
    stop_gently(0, 10s);
    pass(10s - 1us);
    EXPECT_EQ(stopped, 0);
    pass(1us);
    EXPECT_EQ(stopped, 1);
    EXPECT_TRUE(database.open.contains(id)) << "the journal keeps what was cut short";
}

TEST_F(DispatcherTest, AStopUnderWayCanBeCutShort) {
    start_daemon();
    provider().gate.close();
    insert("m");
    settle();
    stop_gently(0, 10min);
    dispatcher().cut_short();
    settle();
    EXPECT_EQ(stopped, 1);
}

TEST_F(DispatcherTest, WithoutTheDatabaseAStopEndsAllTheSame) {
    start_daemon();
    daemons[0].outbox.away = daemons[0].link.away = true;
    insert("m");
    settle();
    stop_gently(0, 1s);
    pass(30s);
    EXPECT_EQ(stopped, 1);
    daemons[0].outbox.away = daemons[0].link.away = false;
}

TEST_F(DispatcherTest, SigningOffWithoutTheDatabaseIsNotWaitedFor) {
    start_daemon();
    daemons[0].link.away = true;
    stop_gently(0, 1s);
    EXPECT_EQ(stopped, 1);
}

TEST_F(DispatcherTest, AReloadWhileStoppingChangesNothing) {
    start_daemon();
    provider().gate.close();
    insert("m");
    settle();
    stop_gently(0, 1s);
    use_channels({"sms", "mail"});
    dispatcher().reconfigure(settings);
    pass(1s);
    EXPECT_EQ(stopped, 1);
}

TEST_F(DispatcherTest, AReloadAddsAChannelForWhatWaits) {
    use_channels({"sms"});
    start_daemon();
    insert_on("mail", "m", "a", 5s);
    pass(1s);
    use_channels({"sms", "mail"});
    dispatcher().reconfigure(settings);
    pass(10s);
    EXPECT_THAT(provider("mail").texts(), ElementsAre("m"));
    EXPECT_THAT(provider("sms").texts(), IsEmpty());
}

TEST_F(DispatcherTest, AReloadThatRemovesAChannelLosesNoMessage) {
    use_channels({"sms", "mail"});
    start_daemon();
    provider("mail").gate.close();
    provider("mail").script(Verdict::deferred);
    const MessageId in_flight = insert_on("mail", "in flight");
    const MessageId waiting = insert_on("mail", "waiting", "b", 5s);
    pass(1s);
    use_channels({"sms"});
    dispatcher().reconfigure(settings);
    settle();
    EXPECT_TRUE(row(in_flight).waits());
    provider("mail").gate.open();
    pass(10s);
    EXPECT_TRUE(is_sent(in_flight));
    EXPECT_TRUE(is_sent(waiting));
    EXPECT_EQ(times_left("waiting"), 1u);
    EXPECT_THAT(provider("sms").texts(), UnorderedElementsAre("in flight", "waiting"));
}

TEST_F(DispatcherTest, AChannelThatComesBackTakesUpItsSendsAgain) {
    use_channels({"sms", "mail"});
    start_daemon();
    provider("mail").gate.close();
    const MessageId id = insert_on("mail", "m");
    settle();
    use_channels({"sms"});
    dispatcher().reconfigure(settings);
    settle();
    use_channels({"sms", "mail"});
    dispatcher().reconfigure(settings);
    settle();
    provider("mail").gate.open();
    pass(1min);
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(times_left("m"), 1u);
}

TEST_F(DispatcherTest, AReloadThatHoldsDeliveryHoldsWhatAlreadyWaits) {
    start_daemon();
    const MessageId id = insert("m", "a", 5s);
    pass(1s);
    settings.hold = "delivery: hold";
    settings.channels = {channel("sms")};
    dispatcher().reconfigure(settings);
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    settings.hold.reset();
    dispatcher().reconfigure(settings);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(DispatcherTest, AReloadWithAnAllowListBindsWhatAlreadyWaits) {
    start_daemon();
    insert("m", "a", 5s);
    const MessageId allowed = insert("n", "b", 5s);
    pass(1s);
    settings.channels = {channel("sms")};
    settings.only_to = std::set<Address>{Address("b")};
    dispatcher().reconfigure(settings);
    pass(1min);
    EXPECT_THAT(provider().texts(), ElementsAre("n"));
    EXPECT_TRUE(is_sent(allowed));
}

TEST_F(DispatcherTest, AfterTheDatabaseWasAwayEverythingLeavesOnce) {
    start_daemon();
    for (int i = 0; i < 20; ++i) insert("m" + std::to_string(i), "to " + std::to_string(i % 5), i * 1s);
    pass(5s);
    daemons[0].outbox.away = daemons[0].link.away = true;
    pass(30s);
    daemons[0].outbox.away = daemons[0].link.away = false;
    pass(1min);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(times_left("m" + std::to_string(i)), 1u) << i;
    EXPECT_TRUE(database.open.empty());
}

}  // namespace
}  // namespace postrider
