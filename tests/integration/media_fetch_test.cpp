// Which files are to be fetched, and what becomes of them, on PostgreSQL.
#include "lib/store/media_again.h"
#include "lib/store/pg_inbox.h"
#include "lib/store/pg_media_fetch.h"
#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>

#include <future>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct PgMediaFetchTest : DatabaseLoopTest {
    PgMediaFetchTest() {
        db.sql(
            "insert into postrider.daemon (id, host, process, version) overriding system value "
            "values (7, 'h', 1, '1'), (8, 'h', 2, '1')");
    }
    ~PgMediaFetchTest() override { stop(); }

    /// A message with these files.
    std::int64_t store(std::vector<IncomingMedium> media, const std::string& metadata = R"({"a": 1.50})") {
        InboxEntry entry{.transport = "test",
                         .channel = "sms",
                         .event_key = std::to_string(++entries),
                         .received = TimePoint(1770000000s)};
        entry.message = InboxMessage{.sender = "+17735550123",
                                     .recipient = "+13125550100",
                                     .text = "look",
                                     .metadata = metadata,
                                     .lookup_key = "key",
                                     .media = std::move(media)};
        std::vector<InboxEntry> all{entry};
        result_of(inbox->store(all));
        return db.number("select max(id) from simple_messaging_incomingmessage");
    }
    /// One of the site's own, whose file nobody has ever asked for.
    void store_unfetched() {
        db.sql(
            "with m as (insert into simple_messaging_incomingmessage (sender, recipient, receive_date, "
            "message, transmission_metadata) values ('+1', '+2', now(), 'old', $1) returning id) "
            "insert into simple_messaging_incomingmessagemedia (message_id, \"index\", content_url, "
            "content_type) select id, 0, 'https://x.example/old', 'image/gif' from m",
            R"({"message_channel": "sms"})");
    }
    std::vector<DueMedium> take(TimePoint now, std::size_t limit = 100) {
        return result_of(fetch->take(now, now + 1min, limit));
    }
    std::vector<DueMedium> take() { return take(db.now()); }
    bool finish(const DueMedium& medium, const std::string& file, const std::string& reason = "") {
        EndedMedium ended{medium.media_id, medium.message_id, file, "image/gif", reason};
        return result_of(fetch->finish(ended));
    }
    std::string of_message(const std::string& expression) {
        return db.text("select " + expression + " from simple_messaging_incomingmessage order by id limit 1");
    }
    static std::vector<std::string> urls(const std::vector<DueMedium>& due) {
        std::vector<std::string> all;
        for (const DueMedium& each : due) all.push_back(each.url);
        return all;
    }

    int entries = 0;
    DaemonId daemon = 7;
    Database database{io.get_executor(), db.settings()};
    std::unique_ptr<InboxStore> inbox = make_pg_inbox(database, true);
    std::unique_ptr<MediaFetchStore> fetch = make_pg_media_fetch(database, [this] { return daemon; });
};

TEST_F(PgMediaFetchTest, WhatIsAtAProviderIsToBeFetchedAndNothingElse) {
    const std::int64_t message = store({{"https://x.example/a", "image/gif"},
                                        {"", "text/plain", "incoming_message_media/1.txt"},
                                        {"loopback://b", "image/gif"},
                                        {"", "image/gif", "", "its address is too long"},
                                        {"https://x.example/c", "image/png"}});
    const auto due = take();
    EXPECT_THAT(urls(due), ElementsAre("https://x.example/a", "https://x.example/c"));
    EXPECT_EQ(due.at(0).message_id, message);
    EXPECT_EQ(due.at(0).channel, "sms");
    EXPECT_EQ(due.at(0).tries, 1);
    EXPECT_TRUE(due.at(0).wanted);
    EXPECT_EQ(due.at(1).content_type, "image/png");
    EXPECT_EQ(
        db.text(
            "select string_agg(coalesce('<' || content_file || '>', 'none'), ' ' order by \"index\") from "
            "simple_messaging_incomingmessagemedia"),
        "none <incoming_message_media/1.txt> none <> none");
}

TEST_F(PgMediaFetchTest, WhatOneDaemonIsAtNobodyElseTakesUntilItEndsOrItsTimeIsOver) {
    store({{"https://x.example/a", "image/gif"}});
    const TimePoint now = db.now();
    EXPECT_EQ(take(now).size(), 1u);
    daemon = 8;
    EXPECT_TRUE(take(now).empty());
    EXPECT_TRUE(take(now + 59s).empty());
    db.sql("update postrider.daemon set ended = now() where id = 7");
    const auto taken = take(now);
    EXPECT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken.at(0).tries, 2);
    EXPECT_TRUE(take(now).empty());
    EXPECT_EQ(take(now + 61s).size(), 1u);
    db.sql("update postrider.daemon set ended = now() where id = 8");
    EXPECT_TRUE(take(now + 62s).empty()) << "it is at it, and does not know yet that it was declared dead";
    daemon = 0;
    EXPECT_TRUE(take(now + 1h).empty()) << "nobody yet";
}

TEST_F(PgMediaFetchTest, WhatIsPutOffComesBackInItsTimeForAnybody) {
    store({{"https://x.example/a", "image/gif"}});
    const TimePoint now = db.now();
    const auto due = take(now);
    run(fetch->postpone(due.at(0).media_id, now + 10s, "status 503"));
    db.sql("update postrider.daemon set ended = now() where id = 7");
    daemon = 8;
    EXPECT_TRUE(take(now + 9s).empty());
    const MediaBacklog backlog = result_of(fetch->backlog());
    EXPECT_EQ(backlog.waiting, 1u);
    EXPECT_EQ(backlog.reason, "status 503");
    EXPECT_EQ(take(now + 10s).size(), 1u);
}

TEST_F(PgMediaFetchTest, AStoredFileIsInItsRowAndTheLastOneCompletesItsMessage) {
    const auto message =
        std::to_string(store({{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/png"}}));
    EXPECT_EQ(db.text("select postrider.awaits_media($1)", message), "t");
    const auto due = take();
    EXPECT_FALSE(finish(due.at(0), "incoming_message_media/a.gif"));
    EXPECT_EQ(db.text("select postrider.awaits_media($1)", message), "t");
    EXPECT_TRUE(finish(due.at(1), "incoming_message_media/b.gif"));
    EXPECT_EQ(db.text("select postrider.awaits_media($1)", message), "f");
    EXPECT_FALSE(finish(due.at(1), "incoming_message_media/c.gif")) << "once";
    EXPECT_EQ(db.text("select string_agg(content_file || ' ' || content_type, ', ' order by \"index\") from "
                      "simple_messaging_incomingmessagemedia"),
              "incoming_message_media/a.gif image/gif, incoming_message_media/b.gif image/gif");
    EXPECT_EQ(of_message("transmission_metadata"), R"({"a": 1.50})");
}

TEST_F(PgMediaFetchTest, AFileThatFailedHasAnEmptyNameAndItsMessageSaysWhyBesideWhatItSaid) {
    store({{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/png"}});
    const auto due = take();
    finish(due.at(1), "", "it has more than 25 MB");
    finish(due.at(0), "", "status 410");
    EXPECT_EQ(of_message("transmission_metadata"),
              R"({"a": 1.50, "media_errors": [{"index":1,"error":"it has more than 25 MB"},)"
              R"({"index":0,"error":"status 410"}]})");
    EXPECT_EQ(db.number("select count(*) from simple_messaging_incomingmessagemedia where content_file = '' "
                        "and content_type = 'image/png'"),
              2);
}

TEST_F(PgMediaFetchTest, MetadataThatAreNoneAreKeptAllTheSame) {
    store({{"https://x.example/a", "image/png"}});
    db.sql("update simple_messaging_incomingmessage set transmission_metadata = 'broken {'");
    finish(take().at(0), "", "status 410");
    EXPECT_EQ(of_message("transmission_metadata::json ->> 'original_metadata'"), "broken {");
    EXPECT_EQ(of_message("transmission_metadata::json -> 'media_errors' -> 0 ->> 'error'"), "status 410");
}

TEST_F(PgMediaFetchTest, WhatTheSiteDeletedOrFilledMeanwhileIsLeftAsItIs) {
    store({{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/png"}});
    db.sql("delete from simple_messaging_incomingmessagemedia where \"index\" = 0");
    db.sql("update simple_messaging_incomingmessagemedia set content_file = 'by-the-site.png'");
    const auto due = take();
    EXPECT_FALSE(due.at(0).wanted);
    EXPECT_FALSE(due.at(1).wanted);
    EXPECT_FALSE(finish(due.at(0), "", "x"));
    EXPECT_TRUE(finish(due.at(1), "incoming_message_media/b.gif"));
    EXPECT_EQ(db.text("select content_file from simple_messaging_incomingmessagemedia"), "by-the-site.png");
    EXPECT_EQ(of_message("transmission_metadata"), R"({"a": 1.50})");
}

TEST_F(PgMediaFetchTest, WhatFailedForGoodIsFetchedAgainAsIfItHadJustCome) {
    const std::string metadata = R"({"a": 1.50, "message_channel": "sms"})";
    store({{"https://x.example/a", "image/png"},
           {"https://x.example/b", "image/png"},
           {"loopback://c", "image/gif"}},
          metadata);
    for (const DueMedium& each : take())
        finish(each, each.url.ends_with('a') ? "" : "incoming_message_media/b.gif", "status 503");
    store({{"https://x.example/d", "image/png"}}, metadata);
    const auto again = [&](TimePoint since, const std::set<std::string>& channels, bool dry_run = false) {
        return fetch_media_again(db.settings(), since, channels, dry_run);
    };
    const TimePoint received(1770000000s);
    EXPECT_EQ(again(received + 1s, {"sms"}).queued, 0);
    EXPECT_EQ(again(received, {"other"}).left, 1);
    EXPECT_EQ(again(received, {"sms"}, true).queued, 1);
    EXPECT_EQ(take().size(), 1u) << "only that of the second message";
    const MissingMedia missing = again(received, {"sms"});
    EXPECT_EQ(missing.queued, 1);
    EXPECT_EQ(missing.left, 0);
    EXPECT_EQ(of_message("transmission_metadata"), metadata);
    EXPECT_EQ(again(received, {"sms"}).queued, 0) << "it is being fetched";
    const auto due = take();
    EXPECT_THAT(urls(due), ElementsAre("https://x.example/a"));
    EXPECT_EQ(due.at(0).channel, "sms");
    EXPECT_EQ(due.at(0).tries, 1);
    EXPECT_TRUE(due.at(0).wanted);
    EXPECT_TRUE(finish(due.at(0), "incoming_message_media/a.gif"));
    EXPECT_EQ(again(received, {"sms"}).queued, 0) << "it is here";
}

TEST_F(PgMediaFetchTest, WhatNobodyHasEverFetchedIsFetchedToo) {
    store_unfetched();
    EXPECT_EQ(fetch_media_again(db.settings(), TimePoint(), {"sms"}, false).queued, 1);
    EXPECT_THAT(urls(take()), ElementsAre("https://x.example/old"));
}

TEST_F(PgMediaFetchTest, WhatTheSiteStoresItselfMeanwhileStays) {
    store_unfetched();
    const auto site = db.connect();
    pqxx::work storing(*site);
    storing.exec("update simple_messaging_incomingmessagemedia set content_file = 'by-the-site.png'");
    auto again = std::async(std::launch::async,
                            [this] { return fetch_media_again(db.settings(), TimePoint(), {"sms"}, false); });
    while (db.number("select count(*) from pg_locks where not granted") == 0 &&
           again.wait_for(1ms) != std::future_status::ready) {
    }
    storing.commit();
    EXPECT_EQ(again.get().queued, 0);
    EXPECT_EQ(db.text("select content_file from simple_messaging_incomingmessagemedia"), "by-the-site.png");
}

TEST_F(PgMediaFetchTest, TwoLastFilesThatEndAtOnceCompleteTheMessageOnce) {
    store({{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/png"}});
    const auto due = take();
    int last = 0;
    const auto end = [](MediaFetchStore& its_store, DueMedium medium, int& its_last) -> Task<> {
        EndedMedium ended{medium.media_id, medium.message_id, "incoming_message_media/x.gif", "image/gif",
                          ""};
        const bool was_last = co_await its_store.finish(ended);
        its_last += was_last ? 1 : 0;
    };
    for (const DueMedium& each : due) group.spawn("end", end(*fetch, each, last));
    ASSERT_TRUE(run_until([&] { return group.size() == 0; }));
    EXPECT_EQ(last, 1);
}

TEST_F(PgMediaFetchTest, ReceiversAreToldWhenTheLastFileIsThere) {
    struct Ear : pqxx::notification_receiver {
        using notification_receiver::notification_receiver;
        void operator()(const std::string& payload, int) override { heard.push_back(payload); }
        std::vector<std::string> heard;
    };
    const auto message =
        std::to_string(store({{"https://x.example/a", "image/png"}, {"https://x.example/b", "image/png"}}));
    const auto connection = db.connect();
    Ear ear(*connection, "postrider_incoming");
    const auto due = take();
    finish(due.at(0), "incoming_message_media/a.gif");
    connection->get_notifs();
    EXPECT_TRUE(ear.heard.empty());
    finish(due.at(1), "", "status 410");
    EXPECT_EQ(connection->await_notification(10, 0), 1);
    EXPECT_THAT(ear.heard, ElementsAre(message));
}

TEST_F(PgMediaFetchTest, TheDaemonsRoleMayWriteWhatBecameOfFilesAndNothingElseOfTheRows) {
    store({{"https://x.example/a", "image/png"}});
    const auto connection = db.connect(daemon_role);
    for (const char* change : {"simple_messaging_incomingmessage set message = 'x'",
                               "simple_messaging_incomingmessage set sender = 'x'",
                               "simple_messaging_incomingmessagemedia set content_url = 'x'"})
        EXPECT_THROW(pqxx::nontransaction(*connection).exec(std::string("update ") + change),
                     pqxx::insufficient_privilege)
            << change;
    pqxx::nontransaction(*connection)
        .exec("update simple_messaging_incomingmessagemedia set content_file = ''");
}

}  // namespace
}  // namespace postrider::testing
