// What applications are to be told, on PostgreSQL.
#include "lib/store/forward_actions.h"
#include "lib/store/forward_writer.h"
#include "lib/store/pg_forwards.h"
#include "lib/store/pg_inbox.h"
#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>
#include <pqxx/pqxx>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct PgForwardsTest : DatabaseLoopTest {
    PgForwardsTest() {
        db.sql(
            "insert into postrider.daemon (id, host, process, version) overriding system value "
            "values (7, 'h', 1, '1'), (8, 'h', 2, '1')");
        inbox->set_forwards({.received = {"app"}, .reports = {"app"}});
    }
    ~PgForwardsTest() override { stop(); }

    InboxEntry entry_of(const std::string& sender, const std::string& text,
                        std::vector<IncomingMedium> media = {}) {
        InboxEntry entry{.transport = "test",
                         .channel = "sms",
                         .event_key = std::to_string(++entries),
                         .received = TimePoint(1770000000s)};
        entry.message = InboxMessage{.sender = sender,
                                     .recipient = "+13125550100",
                                     .text = text,
                                     .metadata = "{}",
                                     .lookup_key = "key of " + sender,
                                     .media = std::move(media)};
        return entry;
    }
    void store(const std::string& sender, const std::string& text, std::vector<IncomingMedium> media = {}) {
        std::vector<InboxEntry> all{entry_of(sender, text, std::move(media))};
        result_of(inbox->store(all));
    }
    std::vector<Forward> take(bool waits_for_media = true, std::size_t limit = 10) {
        std::vector<ForwardStore::Wanted> wanted{{"app", waits_for_media, limit}};
        return result_of(forwards->take(db.now(), db.now() + 1min, wanted));
    }
    void settle(ForwardResults results) { refused = result_of(forwards->settle(std::move(results))); }
    static std::vector<std::string> texts(const std::vector<Forward>& all) {
        std::vector<std::string> said;
        for (const Forward& each : all)
            said.push_back(each.message ? each.message->text : each.report.value_or("gone"));
        return said;
    }

    int entries = 0;
    std::size_t refused = 0;  // replies of the last that was settled
    DaemonId daemon = 7;
    Database database{io.get_executor(), db.settings()};
    std::unique_ptr<InboxStore> inbox = make_pg_inbox(database, true, {});
    std::unique_ptr<ForwardStore> forwards = make_pg_forwards(database, [this] { return daemon; });
};

TEST_F(PgForwardsTest, OfEachConversationTheFirstIsTakenUntilItIsToldOrGivenUp) {
    store("ann", "ann 1");
    store("ann", "ann 2");
    store("bob", "bob 1");
    const auto first = take();
    EXPECT_THAT(texts(first), ElementsAre("ann 1", "bob 1"));
    EXPECT_THAT(take(), IsEmpty());
    settle({.told = {first[0].id}, .failed = {{first[1].id, db.now() + 1h, "status 500"}}});
    EXPECT_THAT(texts(take()), ElementsAre("ann 2"));
    EXPECT_EQ(
        db.text("select tries || reason from postrider.forward where id = " + std::to_string(first[1].id)),
        "1status 500");
}

/// A message that waits for what the application says, and its replay.
struct PgReplyTest : PgForwardsTest {
    PgReplyTest() {
        entry.message->awaits_reply = true;
        entry.message->replies = {"by keyword"};
        std::vector<InboxEntry> all{entry};
        message_id = result_of(inbox->store(all)).at(0).unanswered.value_or(0);
    }
    ~PgReplyTest() override { stop(); }

    KeptEntry replay() {
        std::vector<InboxEntry> all{entry};
        return result_of(inbox->store(all)).at(0);
    }
    ForwardReply reply(bool in_answer, std::vector<std::string> said = {"said 1", "said 2"}) const {
        return {message_id, "fwd_1_1", "ann", "sms", std::move(said), in_answer};
    }
    std::string sent() {
        return db.text(
            "select coalesce(string_agg(destination || ' ' || message, ', ' order by id), '') "
            "from simple_messaging_outgoingmessage");
    }

    InboxEntry entry = entry_of("ann", "hello");
    std::int64_t message_id = 0;
};

TEST_F(PgReplyTest, WhatIsSaidInTimeIsTheAnswerOfEachReplay) {
    EXPECT_EQ(message_id, db.number("select id from simple_messaging_incomingmessage"));
    EXPECT_THAT(replay().replies, ElementsAre("by keyword"));
    EXPECT_EQ(replay().unanswered, message_id) << "it waits, too";
    settle({.replies = {reply(true)}});
    EXPECT_THAT(replay().replies, ElementsAre("by keyword", "said 1", "said 2"));
    EXPECT_EQ(replay().unanswered, std::nullopt);
    EXPECT_EQ(sent(), "");
}

TEST_F(PgReplyTest, OfTwoThatComeAtOnceBothWait) {
    InboxEntry other = entry_of("bob", "hello");
    other.message->awaits_reply = true;
    std::vector<InboxEntry> both{other, other};
    const std::vector<KeptEntry> kept = result_of(inbox->store(both));
    EXPECT_TRUE(kept[0].is_new && !kept[1].is_new);
    EXPECT_GT(kept[0].unanswered, message_id);
    EXPECT_EQ(kept[0].unanswered, kept[1].unanswered);
}

TEST_F(PgReplyTest, WhatIsSaidLateIsSentOnceHoweverOftenItIsSettled) {
    settle({.replies = {reply(false)}});
    settle({.replies = {reply(false)}});
    EXPECT_EQ(sent(), "ann said 1, ann said 2");
    EXPECT_THAT(replay().replies, ElementsAre("by keyword"));
    EXPECT_EQ(replay().unanswered, std::nullopt);
    EXPECT_THAT(db.text("select transmission_metadata from simple_messaging_outgoingmessage limit 1"),
                AllOf(HasSubstr(R"("message_channel": "sms")"),
                      HasSubstr(R"("in_reply_to": )" + std::to_string(message_id))));
}

TEST_F(PgReplyTest, WhatWasTheAnswerAndIsSentAfterAllIsItNoMore) {
    settle({.replies = {reply(true)}});
    settle({.replies = {reply(false)}});
    EXPECT_EQ(sent(), "ann said 1, ann said 2");
    EXPECT_THAT(replay().replies, ElementsAre("by keyword"));
    settle({.replies = {reply(true)}});
    EXPECT_THAT(replay().replies, ElementsAre("by keyword")) << "an answer is not changed any more";
}

TEST_F(PgReplyTest, WhatTheDatabaseRefusesHoldsUpNothingElse) {
    ForwardReply bad = reply(false, {"x"});
    bad.destination = "";
    bad.webhook_id = "fwd_2_2";
    settle({.replies = {bad, reply(false)}});
    EXPECT_EQ(refused, 1u);
    EXPECT_EQ(sent(), "ann said 1, ann said 2");
}

TEST_F(PgForwardsTest, ItsNameIsTheSameAtEveryTry) {
    store("ann", "ann 1");
    const auto first = take();
    settle({.failed = {{first.at(0).id, db.now(), "x"}}});
    const auto again = take();
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0].webhook_id, first[0].webhook_id);
    EXPECT_EQ(again[0].tries, 1);
}

TEST_F(PgForwardsTest, AMessageWaitsForItsFilesAndLaterOnesOfItsSenderForIt) {
    store("ann", "with a picture", {{"https://x.example.org/1", "image/png"}});
    store("ann", "and without");
    store("bob", "bob 1");
    EXPECT_THAT(texts(take()), ElementsAre("bob 1"));
    EXPECT_THAT(texts(take(false)), ElementsAre("with a picture"));
    db.sql("update postrider.forward set not_before = now(), daemon_id = null");
    db.sql("delete from postrider.media_fetch");
    const auto taken = take();
    ASSERT_THAT(texts(taken), ElementsAre("with a picture", "bob 1"));
    ASSERT_THAT(taken[0].message->media, SizeIs(1));
    EXPECT_EQ(taken[0].message->media[0].content_url, "https://x.example.org/1");
}

TEST_F(PgForwardsTest, WhatADaemonWasAtIsTakenOverWhenItHasEnded) {
    store("ann", "ann 1");
    const auto mine = take();
    daemon = 8;
    EXPECT_THAT(take(), IsEmpty());
    db.sql("update postrider.daemon set ended = now() where id = 7");
    EXPECT_THAT(texts(take()), ElementsAre("ann 1"));
    // The dead one, which does not know it yet, neither takes it back nor puts it off.
    daemon = 7;
    store("bob", "bob 1");
    EXPECT_THAT(take(), IsEmpty()) << "and nothing new either";
    settle({.failed = {{mine.at(0).id, db.now() + 1h, "late"}}});
    EXPECT_EQ(db.text("select reason from postrider.forward"), "");
}

TEST_F(PgForwardsTest, WhatWaitsForAnotherIsNotReadUntilItsTurnComes) {
    for (const char* text : {"ann 1", "ann 2", "ann 3"}) store("ann", text);
    const std::string waiting = "select count(*) from postrider.forward where not_before = 'infinity'";
    EXPECT_EQ(db.number(waiting), 2);
    const auto first = take();
    settle({.failed = {{first.at(0).id, db.now() + 1h, "status 500"}}});
    EXPECT_EQ(db.number(waiting), 2) << "the first still is the first";
    // Given up, told, or discarded: the next may go.
    settle({.failed = {{first[0].id, db.now(), "status 500", true}}});
    EXPECT_THAT(take(), IsEmpty()) << "it is not ours any more, and was not given up";
    ForwardActions(db.settings()).discard({.ids = {first[0].id}});
    const auto second = take();
    EXPECT_THAT(texts(second), ElementsAre("ann 2"));
    store("ann", "ann 4");
    EXPECT_EQ(db.number(waiting), 2);
    settle({.told = {second[0].id}});
    EXPECT_THAT(texts(take()), ElementsAre("ann 3"));
    db.sql("delete from postrider.forward where not_before <> 'infinity'");
    EXPECT_THAT(take(), IsEmpty()) << "nobody has said that it is the turn of the last";
    db.sql("select postrider.tend_forwards()");
    EXPECT_THAT(texts(take()), ElementsAre("ann 4"));
}

TEST_F(PgForwardsTest, WhoeverAddsToAConversationWaitsForWhoeverAddedBeforeHim) {
    const auto other = db.connect();
    pqxx::work earlier(*other);
    insert_forwards(earlier, {"app"}, {{event_received, "key of ann", 1}});
    std::optional<std::vector<KeptEntry>> kept;
    std::vector<InboxEntry> later{entry_of("ann", "the later one")};
    group.spawn("store", keep(inbox->store(later), kept));
    ASSERT_TRUE(run_until([&] {
        return db.number("select count(*) from pg_locks where locktype = 'advisory' and not granted") == 1;
    }));
    EXPECT_FALSE(kept);
    earlier.commit();
    ASSERT_TRUE(run_until([&] { return kept.has_value(); }));
    EXPECT_EQ(db.text("select string_agg(message_id || ' ' || (not_before = 'infinity'), ', ' order by id) "
                      "from postrider.forward"),
              "1 false, " + db.text("select max(id) from simple_messaging_incomingmessage") + " true");
}

TEST_F(PgForwardsTest, WhoeverListensHearsOfEachMessageAlsoWithoutAReceiver) {
    struct Ear final : pqxx::notification_receiver {
        explicit Ear(pqxx::connection& connection)
            : notification_receiver(connection, "postrider_incoming") {}
        void operator()(const std::string& payload, int) override { heard.push_back(payload); }
        std::vector<std::string> heard;
    };
    const auto listening = db.connect();
    Ear ear(*listening);
    store("ann", "ann 1");
    ASSERT_TRUE(run_until([&] { return listening->get_notifs() > 0; }));
    EXPECT_THAT(ear.heard, ElementsAre(db.text("select max(id) from simple_messaging_incomingmessage")));
}

TEST_F(PgForwardsTest, OfARowThatIsGoneThereIsNothingToTell) {
    store("ann", "ann 1");
    db.sql("delete from simple_messaging_incomingmessage");
    EXPECT_THAT(texts(take()), ElementsAre("gone"));
}

TEST_F(PgForwardsTest, WhatComesAgainIsToldOnce) {
    store("ann", "ann 1");
    --entries;
    store("ann", "ann 1");
    EXPECT_EQ(db.number("select count(*) from postrider.forward"), 1);
}

TEST_F(PgForwardsTest, NothingIsKeptForNobody) {
    inbox->set_forwards({});
    store("ann", "ann 1");
    EXPECT_EQ(db.number("select count(*) from postrider.forward"), 0);
}

TEST_F(PgForwardsTest, WhatWasGivenUpIsCountedRedrivenAndDiscarded) {
    for (const char* sender : {"ann", "bob", "cid"}) store(sender, sender);
    const auto taken = take();
    settle({.failed = {{taken.at(0).id, db.now(), "status 500", true},
                       {taken.at(1).id, db.now(), "status 500", true}}});
    auto backlog = result_of(forwards->backlog());
    EXPECT_EQ(backlog["app"].dead, 2u);
    EXPECT_EQ(backlog["app"].waiting, 1u);
    EXPECT_THAT(take(), IsEmpty());
    ForwardActions actions(db.settings());
    const auto listed = actions.list({.endpoint = "app", .dead = true}, 10);
    ASSERT_THAT(listed, SizeIs(2));
    EXPECT_EQ(listed[0].state, "dead");
    EXPECT_EQ(listed[0].reason, "status 500");
    EXPECT_THAT(actions.list({.endpoint = "other"}, 10), IsEmpty());
    EXPECT_EQ(actions.redrive({.ids = {listed[0].id}}), 1u);
    const auto again = take();
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0].webhook_id, taken[0].webhook_id);
    EXPECT_EQ(actions.discard({.endpoint = "app", .dead = true}), 1u);
    EXPECT_EQ(db.number("select count(*) from postrider.forward"), 2);
}

}  // namespace
}  // namespace postrider::testing
