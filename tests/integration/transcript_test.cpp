#include "lib/crypto/secret_box.h"
#include "lib/store/sql_time.h"
#include "lib/store/transcript_rows.h"
#include "tests/integration/django_site.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Secret key(std::string(32, 'k'));

struct TranscriptTest : ::testing::Test {
    std::string sealed(const std::string& clear) { return SecretBox(key).seal(clear); }
    void sent(const std::string& to, const std::string& at, const std::string& text,
              const std::string& metadata = "{}") {
        db.sql(
            "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date, "
            "errored, "
            "transmission_metadata) values ($1, $2, $3::timestamptz, $3::timestamptz, false, $4)",
            to, text, at, metadata);
    }
    void received(const std::string& from, const std::string& at, const std::string& text) {
        db.sql(
            "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date) "
            "values ($1, '+15550100', $2, $3::timestamptz)",
            from, text, at);
    }
    TimePoint moment(const std::string& text) {
        return from_sql_time(db.text("select " + sql_time("$1::timestamptz"), text));
    }
    std::vector<std::string> lines() {
        std::vector<std::string> all;
        report = read_transcripts(
            db.settings(), encryption, query,
            [&](const TranscriptEntry& each) {
                all.push_back(fmt::format("{} {} {} {}{}", each.incoming ? "from" : "to", each.address,
                                          each.timestamp, each.message,
                                          each.channel ? " by " + *each.channel : ""));
            },
            [&](long long seen, long long of) {
                EXPECT_LE(seen, of);
                total = of;
            });
        return all;
    }

    TestDatabase db;
    EncryptionSettings encryption{.secret_key = key};
    TranscriptQuery query{.addresses = TranscriptAddresses::clear};
    TranscriptReport report;
    long long total = -1;
};

TEST_F(TranscriptTest, BothDirectionsComeInTheOrderOfTheirTimes) {
    received("+13125550102", "2026-01-01 10:01Z", "Yes");
    sent("+13125550102", "2026-01-01 10:00Z", "Coming?");
    sent("+13125550101", "2026-01-01 10:00:30Z", "And you?");
    EXPECT_THAT(lines(), ElementsAre("to +13125550102 2026-01-01T10:00:00+00:00 Coming?",
                                     "to +13125550101 2026-01-01T10:00:30+00:00 And you?",
                                     "from +13125550102 2026-01-01T10:01:00+00:00 Yes"));
    EXPECT_EQ(report.messages, 3);
    EXPECT_EQ(total, 3);
}

TEST_F(TranscriptTest, WhatWasNotSentIsNoPartOfIt) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message) values ('+13125550102', 'due')");
    EXPECT_THAT(lines(), SizeIs(0));
}

TEST_F(TranscriptTest, ParticipantsComeOneAfterTheOtherAsTheyWereAskedFor) {
    sent("+13125550101", "2026-01-01 10:00Z", "a");
    sent("+13125550102", "2026-01-01 11:00Z", "b");
    received("+13125550101", "2026-01-01 12:00Z", "c");
    sent("+13125550103", "2026-01-01 12:00Z", "d");
    query.participants = {Address("+13125550102"), Address("+13125550101")};
    EXPECT_THAT(lines(), ElementsAre("to +13125550102 2026-01-01T11:00:00+00:00 b",
                                     "to +13125550101 2026-01-01T10:00:00+00:00 a",
                                     "from +13125550101 2026-01-01T12:00:00+00:00 c"));
    EXPECT_EQ(total, 3);
}

TEST_F(TranscriptTest, AParticipantIsFoundHoweverTheRowHasIt) {
    sent(sealed("+13125550101"), "2026-01-01 10:00Z", "a");
    sent("(312) 555-0101", "2026-01-01 11:00Z", "b");
    received(sealed(" +13125550101"), "2026-01-01 12:00Z", "c");
    query.participants = {Address("312-555-0101")};
    query.addresses = TranscriptAddresses::obfuscated;
    EXPECT_THAT(lines(), ElementsAre("to +1XXXXX50101 2026-01-01T10:00:00+00:00 a",
                                     "to +1XXXXX50101 2026-01-01T11:00:00+00:00 b",
                                     "from +1XXXXX50101 2026-01-01T12:00:00+00:00 c"));
}

TEST_F(TranscriptTest, BoundsAreInclusive) {
    for (const char* at : {"09:59:59.999999", "10:00", "10:30", "11:00", "11:00:00.000001"})
        sent("+13125550101", fmt::format("2026-01-01 {}Z", at), "a");
    query.from = moment("2026-01-01 10:00Z");
    query.to = moment("2026-01-01 11:00Z");
    EXPECT_THAT(lines(), ElementsAre(HasSubstr("T10:00:00+"), HasSubstr("T10:30"), HasSubstr("T11:00:00+")));
}

TEST_F(TranscriptTest, TimesAreThoseOfThePlaceAndSortedAsText) {
    query.time_zone = "America/Chicago";
    sent("+13125550101", "2026-11-01 06:30Z", "first");  // 01:30 CDT
    sent("+13125550101", "2026-11-01 07:15Z", "later");  // 01:15 CST: clocks were put back
    sent("+13125550101", "2026-11-01 07:30Z", "last");   // 01:30 CST
    sent("+13125550101", "2026-11-01 06:30:00.5Z", "between");
    EXPECT_THAT(lines(), ElementsAre("to +13125550101 2026-11-01T01:15:00-06:00 later",
                                     "to +13125550101 2026-11-01T01:30:00-05:00 first",
                                     "to +13125550101 2026-11-01T01:30:00-06:00 last",
                                     "to +13125550101 2026-11-01T01:30:00.500000-05:00 between"));
}

TEST_F(TranscriptTest, TextsAreAsStoredUnlessTheyAreToBeDecrypted) {
    const std::string text = sealed("Zebra");
    sent("+13125550101", "2026-01-01 10:00Z", text);
    EXPECT_THAT(lines(), ElementsAre("to +13125550101 2026-01-01T10:00:00+00:00 " + text));
    query.decrypt_texts = true;
    EXPECT_THAT(lines(), ElementsAre("to +13125550101 2026-01-01T10:00:00+00:00 Zebra"));
}

TEST_F(TranscriptTest, WhatNoKeyOpensStaysAsStoredAndIsCounted) {
    const std::string foreign = SecretBox(Secret(std::string(32, 'x'))).seal("+13125550101");
    sent(foreign, "2026-01-01 10:00Z", "a");
    EXPECT_THAT(lines(), ElementsAre("to " + foreign + " 2026-01-01T10:00:00+00:00 a"));
    EXPECT_EQ(report.unreadable, 1);
    query.addresses = TranscriptAddresses::stored;
    lines();
    EXPECT_EQ(report.unreadable, 0);
}

TEST_F(TranscriptTest, TheChannelIsTheOneThatTheMessageNamesElseTheOneThatSentIt) {
    sent("+13125550101", "2026-01-01 10:00Z", "a", R"({"message_channel": "sms"})");
    sent("+13125550101", "2026-01-01 10:01Z", "b", R"({"message_channel": null})");
    sent("+13125550101", "2026-01-01 10:02Z", "c", "no JSON: message_channel");
    db.script(
        "insert into postrider.attempt_history (id, message_id, part, parts, channel, daemon_id, "
        "idempotency_key, first_sent, content_hash, claimed, closed, verdict, reason, provider_id) "
        "select 1, id, 1, 1, 'mail', 1, '00000000-0000-0000-0000-000000000001', now(), '', now(), now(), "
        "'sent', '', '' from simple_messaging_outgoingmessage where message = 'b'");
    EXPECT_THAT(lines(),
                ElementsAre(HasSubstr("a by sms"), HasSubstr("b by mail"), ::testing::EndsWith(" c")));
}

TEST_F(TranscriptTest, OfManyRowsEachIsThereOnce) {
    db.sql(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date) select "
        "'+1312555' || lpad((n % 10)::text, 4, '0'), '+15550100', n::text, '2026-01-01 10:00Z'::timestamptz "
        "+ "
        "n * interval '1 second' from generate_series(1, 2500) n");
    EXPECT_THAT(lines(), SizeIs(2500));
    query.participants = {Address("+13125550003")};
    EXPECT_THAT(lines(), SizeIs(250));
}

TEST_F(TranscriptTest, ASiteThatHasNotBeenMigratedHasTranscriptsToo) {
    TestDatabase site("template1");
    make_django_site(site, serial_ids);
    site.script(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date) "
        "values ('+13125550101', '+15550100', 'Yes', now())");
    long long seen = 0;
    read_transcripts(
        site.settings("site"), encryption, query, [&](const TranscriptEntry&) { ++seen; },
        [](long long, long long) {});
    EXPECT_EQ(seen, 1);
}

TEST_F(TranscriptTest, ARoleThatMayNotReadIsToldOfWhat) {
    try {
        read_transcripts(
            db.settings("app"), encryption, query, [](const TranscriptEntry&) {},
            [](long long, long long) {});
        FAIL() << "app may read nothing";
    } catch (const DatabaseSetupError& error) {
        EXPECT_THAT(error.what(), HasSubstr("may not read simple_messaging_outgoingmessage"));
    }
}

}  // namespace
}  // namespace postrider::testing
