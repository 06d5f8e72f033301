#include "lib/store/row_encryption.h"

#include "lib/crypto/secret_box.h"
#include "tests/integration/test_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Secret key(std::string(32, 'k'));

struct RowEncryptionTest : ::testing::Test {
    void insert(int outgoing, int incoming) {
        db.sql(
            "insert into simple_messaging_outgoingmessage (destination, message) "
            "select '+1312555' || lpad(n::text, 4, '0'), 'Zebra' from generate_series(1, $1::int) n",
            outgoing);
        db.sql(
            "insert into simple_messaging_incomingmessage (sender, recipient, message, "
            "transmission_metadata) "
            "select '+1312555' || lpad(n::text, 4, '0'), '+15550100', 'Zebra', "
            "'{\"From\": [\"+1312555' || lpad(n::text, 4, '0') || '\"]}' from generate_series(1, $1::int) n",
            incoming);
    }
    EncryptionReport encrypt(bool dry_run = false, const std::string& role = "postgres") {
        return encrypt_rows(db.settings(role), encryption, dry_run,
                            [this](const EncryptionProgress& each) { progress.push_back(each); });
    }
    std::string refusal(const std::string& role = "postgres") {
        try {
            encrypt(false, role);
        } catch (const DatabaseSetupError& error) {
            return error.what();
        }
        return "";
    }
    /// Rows in which a number or a text shows.
    long long in_the_clear() {
        return db.number(
            "select (select count(*) from simple_messaging_outgoingmessage m where m::text ~ "
            "'1312555|Zebra') + "
            "(select count(*) from simple_messaging_incomingmessage m where m::text ~ '1312555|Zebra')");
    }

    TestDatabase db;
    EncryptionSettings encryption{.secret_key = key, .lookup_hash_prefix = "p", .encrypt_text = true};
    std::vector<EncryptionProgress> progress;
};

TEST_F(RowEncryptionTest, AllRowsOfBothTablesAreEncryptedInBatches) {
    insert(1201, 40);
    ASSERT_EQ(in_the_clear(), 1241);
    const EncryptionReport report = encrypt();
    EXPECT_EQ(report.seen, 1241);
    EXPECT_EQ(report.written, 1241);
    EXPECT_THAT(report.left_for_now, IsEmpty());
    EXPECT_EQ(in_the_clear(), 0);
    ASSERT_EQ(progress.size(), 6u);  // the beginning and each batch
    EXPECT_EQ(progress[2].seen, 1000);
    EXPECT_EQ(progress[2].total, 1201);
    EXPECT_EQ(
        SecretBox(key).open(db.text("select destination from simple_messaging_outgoingmessage where id = 1")),
        "+13125550001");
    EXPECT_EQ(db.number("select count(distinct lookup_key) from simple_messaging_outgoingmessage"), 1201);
}

TEST_F(RowEncryptionTest, BegunAgainItWritesOnlyWhatStillNeedsIt) {
    insert(10, 0);
    encrypt();
    insert(3, 2);
    EXPECT_EQ(encrypt().written, 5);
    EXPECT_EQ(encrypt().written, 0);
}

TEST_F(RowEncryptionTest, ADryRunCountsAndWritesNothing) {
    insert(3, 2);
    EXPECT_EQ(encrypt(true).written, 5);
    EXPECT_EQ(in_the_clear(), 5);
}

TEST_F(RowEncryptionTest, ARowThatSomebodyWritesMeanwhileKeepsWhatHeWroteAndIsEncryptedToo) {
    insert(2, 0);
    const auto somebody = db.connect();
    pqxx::work writing(*somebody);
    writing.exec("update simple_messaging_outgoingmessage set message = 'Zebra, edited' where id = 1");
    EncryptionReport report;
    std::thread run([&] { report = encrypt(); });
    // It has read the row as it was, and waits to write it.
    while (db.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                     "and datname = current_database()") == 0)
        std::this_thread::yield();
    writing.commit();
    run.join();
    EXPECT_EQ(report.written, 2);
    EXPECT_THAT(report.left_for_now, IsEmpty());
    EXPECT_EQ(
        SecretBox(key).open(db.text("select message from simple_messaging_outgoingmessage where id = 1")),
        "Zebra, edited");
}

TEST_F(RowEncryptionTest, WhatIsUnderAnUnknownKeyIsLeftAndCounted) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message, lookup_key) values ($1, $2, "
        "'x')",
        SecretBox(Secret(std::string(32, 'x'))).seal("+13125550101"), SecretBox(key).seal("hello"));
    const EncryptionReport report = encrypt();
    EXPECT_EQ(report.unreadable, 1);
    EXPECT_EQ(report.written, 0);
}

TEST_F(RowEncryptionTest, WithoutAKeyOrTheRightToWriteItIsRefused) {
    EXPECT_THAT(refusal(daemon_role), HasSubstr("--database URL"));
    encryption.secret_key.reset();
    EXPECT_THAT(refusal(), HasSubstr("no encryption.secret_key"));
}

}  // namespace
}  // namespace postrider::testing
