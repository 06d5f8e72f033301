// All that the database knows of one message, and of what waits.
#include "lib/store/message_story.h"

#include "lib/crypto/secret_box.h"
#include "lib/store/waiting_rows.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct MessageStoryTest : OutboxLoopTest {
    MessageStory story(MessageId id) { return *MessageStories(db.settings()).read(id, 24h); }
};

TEST_F(MessageStoryTest, ThereIsNoneOfAMessageThatIsNotThere) {
    EXPECT_FALSE(MessageStories(db.settings()).read(999999, 24h));
}

TEST_F(MessageStoryTest, AMessageThatWaitsIsReadAsADaemonReadsItHeldOrNot) {
    const MessageId id = insert("destination = '+13125550177', message = 'private'");
    db.script("insert into postrider.message_hold (message_id, held, reason) values (" + std::to_string(id) +
              ", true, 'wrong dose')");
    const MessageStory read_now = story(id);
    ASSERT_TRUE(read_now.waiting);
    EXPECT_EQ(read_now.waiting->key.id, id);
    EXPECT_EQ(read_now.waiting->destination.reveal(), "+13125550177");
    ASSERT_TRUE(read_now.hold);
    EXPECT_EQ(read_now.hold->reason, "wrong dose");
    EXPECT_FALSE(read_now.late);
    EXPECT_LT(db.now() - read_now.now, 1min);
    EXPECT_EQ(read_now.row.at("state").as_string(), "held");
}

TEST_F(MessageStoryTest, WhatWasLongOverdueAtTheInstallationIsLateUnlessSomebodyReleasedIt) {
    const MessageId id = insert();
    pg.keep_database_from_others();
    db.script(
        "update postrider.installation set last_message_id = 1000000; "
        "update simple_messaging_outgoingmessage set send_date = now() - interval '30 days'");
    EXPECT_TRUE(story(id).late);
    db.script("insert into postrider.message_hold (message_id, held) values (" + std::to_string(id) +
              ", false)");
    EXPECT_FALSE(story(id).late);
}

TEST_F(MessageStoryTest, EachAttemptHasItsAnswerAndWhatFollowed) {
    const Claimed claimed = insert_and_claim();
    Outcome outcome = Outcome::failed(Verdict::rejected, "no such number");
    outcome.metadata["provider_error_code"] = 21211;
    EXPECT_EQ(story(claimed.message.key.id).attempts[0].at("verdict").as_string(), "open");
    record({result(claimed, Disposition::given_up, std::move(outcome))});
    const MessageStory ended = story(claimed.message.key.id);
    EXPECT_FALSE(ended.waiting);
    ASSERT_THAT(ended.attempts, SizeIs(1));
    EXPECT_EQ(ended.attempts[0].at("verdict").as_string(), "rejected");
    EXPECT_EQ(ended.attempts[0].at("error_code").as_string(), "21211");
    EXPECT_EQ(ended.attempts[0].at("followed").as_string(), "given_up");
}

TEST_F(MessageStoryTest, ReportsAndWhatApplicationsAreStillToBeToldAreThere) {
    const std::string id = std::to_string(insert("errored = true, sent_date = now()"));
    db.script(
        "insert into postrider.delivery_report (transport, provider_id, channel, rank, state, status, "
        "reason, "
        "metadata, acceptance, reported, message_id, part, applied) values ('t', 'p', 'sms', 1, 'failed', "
        "'undelivered', 'code 30003', '{}', '{}', now(), " +
        id +
        ", 1, true);"
        "insert into postrider.forward (endpoint, event, conversation, message_id, tries, reason) values "
        "('app', 'message.report', 'c', " +
        id + ", 3, 'status 500'), ('app', 'message.received', 'd', " + id + ", 0, '')");
    const MessageStory told = story(std::stoll(id));
    ASSERT_THAT(told.reports, SizeIs(1));
    EXPECT_EQ(told.reports[0].at("status").as_string(), "undelivered");
    ASSERT_THAT(told.forwards, SizeIs(1)) << "the number of what came in is another's";
    EXPECT_EQ(told.forwards[0].at("reason").as_string(), "status 500");
    EXPECT_EQ(told.forwards[0].at("tries").as_string(), "3");
}

TEST_F(MessageStoryTest, AnOpenAttemptOfTheSamePersonsOtherMessageIsFound) {
    const Claimed first = insert_and_claim();
    const MessageId second = insert();
    MessageStories stories(db.settings());
    const ConversationId conversation = request(first.message).conversation;
    const auto before = stories.open_before(conversation, second);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->id, first.message.key.id);
    EXPECT_FALSE(before->doubt_since);
    EXPECT_FALSE(stories.open_before(conversation, first.message.key.id)) << "it is its own";
}

TEST_F(MessageStoryTest, WhatWaitsIsReadOnceEachAsMuchOfItAsIsWanted) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date, errored) "
        "select 'to ' || i, repeat('x', 100), now(), case when i % 3 = 0 then now() end, i % 3 = 1 "
        "from generate_series(1, 1800) i");
    const MessageId sealed =
        insert("message = '" + SecretBox(Secret(std::string(32, 'k'))).seal(std::string(100, 'y')) + "'");
    std::map<MessageId, std::size_t> lengths;
    const auto count = [&](const OutgoingMessage& row, TimePoint) {
        EXPECT_TRUE(lengths.emplace(row.key.id, row.text.reveal().size()).second);
    };
    WaitingRows rows(db.settings());
    rows.each({}, count);
    EXPECT_THAT(lengths, SizeIs(601));
    EXPECT_GT(lengths.at(sealed), 100u) << "only all of it can be opened";
    lengths.erase(sealed);
    for (const auto& [id, length] : lengths) ASSERT_LT(length, 100u);
    lengths.clear();
    rows.each({.whole_text = true}, count);
    lengths.erase(sealed);
    for (const auto& [id, length] : lengths) ASSERT_EQ(length, 100u);
}

TEST_F(MessageStoryTest, WhetherSomethingThatWaitsHasMediaIsSaidToWhoAsks) {
    const MessageId plain = insert();
    const MessageId with_media = insert();
    pg.add_media(with_media);
    std::map<MessageId, int> media;
    WaitingRows rows(db.settings());
    rows.each({.media = true},
              [&](const OutgoingMessage& row, TimePoint) { media[row.key.id] = row.media_count; });
    EXPECT_EQ(media.at(plain), 0);
    EXPECT_EQ(media.at(with_media), 1);
}

}  // namespace
}  // namespace postrider::testing
