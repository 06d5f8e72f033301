#include "lib/process/child_process.h"
#include "lib/store/migrations.h"
#include "lib/store/migrator.h"
#include "lib/store/pg_membership.h"
#include "tests/integration/database_loop_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

const auto silent = [](const std::string&) {};

constexpr const char* ours_as_text =
    "select string_agg(o, ' ') from (select c.oid || c.relname || c.xmin::text as o from pg_class c "
    "where c.relnamespace = to_regnamespace('postrider') order by c.oid) x";

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const DatabaseSetupError& error) {
        return error.what();
    }
    return "";
}

struct MigrationTest : ::testing::Test {
    void migrate_now(MigrateOptions options = {}) { migrate(owner, options, silent); }
    long long triggers() {
        return db.number("select count(*) from pg_trigger where tgname like 'postrider_doorbell%'");
    }
    /// Until a session of ours waits for a lock on a table.
    bool waits_for_lock() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (std::chrono::steady_clock::now() < end) {
            if (db.number("select count(*) from pg_locks where not granted and locktype = 'relation'") > 0)
                return true;
            std::this_thread::yield();
        }
        return false;
    }

    TestDatabase db{"template1"};
    DatabaseSettings owner = db.settings("postgres");
};

TEST_F(MigrationTest, OnAnEmptyDatabaseTheShortestInsertIsDestinationAndMessage) {
    migrate_now();
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message) values ('+15550100', 'hello')");
    EXPECT_EQ(db.text("select state from postrider.messages"), "due");
}

TEST_F(MigrationTest, ADryRunChangesNothing) {
    const std::string before = db.dump();
    std::string said;
    MigrateOptions options;
    options.dry_run = true;
    migrate(owner, options, [&](const std::string& what) { said += what + "\n"; });
    EXPECT_EQ(db.dump(), before);
    EXPECT_EQ(db.text("select to_regnamespace('postrider')"), "(null)");
    EXPECT_THAT(said, HasSubstr("would apply 0001_site_tables.sql"));
}

TEST_F(MigrationTest, ADryRunOfUninstallChangesNothing) {
    migrate_now();
    const std::string before = db.dump() + db.text(ours_as_text);
    uninstall(owner, true, silent);
    EXPECT_EQ(db.dump() + db.text(ours_as_text), before);
}

TEST_F(MigrationTest, RunAgainItFindsNothingToDo) {
    migrate_now();
    const std::string before =
        db.dump() + db.text("select string_agg(number || name || applied, ',') from postrider.migration");
    std::string said;
    migrate(owner, {}, [&](const std::string& what) { said = what; });
    EXPECT_EQ(
        db.dump() + db.text("select string_agg(number || name || applied, ',') from postrider.migration"),
        before);
    EXPECT_THAT(said, HasSubstr("up to date"));
}

TEST_F(MigrationTest, TwoAtOnceDoTheWorkOnce) {
    auto other = std::async(std::launch::async, [&] { migrate(owner, {}, silent); });
    migrate_now();
    other.get();
    EXPECT_EQ(db.number("select count(*) from postrider.migration"), newest_migration());
    EXPECT_EQ(triggers(), 2);
}

TEST_F(MigrationTest, WhatItPrintsCanBeRunByHand) {
    // As psql would: each statement by itself, since an index is built in no transaction.
    const std::filesystem::path file = cluster().folder() / "printed.sql";
    std::ofstream(file) << print_migrations();
    ASSERT_EQ(run_command({(cluster().programs() / "psql").string(), "-X", "-q", "-v", "ON_ERROR_STOP=1",
                           "-f", file.string(), cluster().url(db.name())},
                          {.output = cluster().folder() / "psql.log", .environment = {}}),
              0);
    std::string said;
    migrate(owner, {}, [&](const std::string& what) { said = what; });
    EXPECT_THAT(said, HasSubstr("up to date"));
}

TEST_F(MigrationTest, ADatabaseOfANewerVersionIsRefused) {
    migrate_now();
    db.script("insert into postrider.migration (number, name) values (9999, 'of tomorrow')");
    EXPECT_THAT(refusal([&] { migrate_now(); }), HasSubstr("newer Postrider (step 9999"));
}

TEST_F(MigrationTest, AnIndexThatABrokenBuildLeftBehindIsBuiltAgain) {
    migrate_now();
    db.script("drop schema postrider cascade");  // as if that step had been the first to fail
    db.script(
        "update pg_index set indisvalid = false where indexrelid = 'postrider_outgoing_sent'::regclass");
    migrate_now();
    EXPECT_EQ(
        db.text("select indisvalid from pg_index where indexrelid = 'postrider_outgoing_sent'::regclass"),
        "t");
}

TEST_F(MigrationTest, WithoutNotifyThereAreNoTriggersAndWithItTheyComeBack) {
    MigrateOptions quiet;
    quiet.notify = false;
    migrate_now(quiet);
    EXPECT_EQ(triggers(), 0);
    migrate_now();
    EXPECT_EQ(triggers(), 2);
    migrate_now(quiet);
    EXPECT_EQ(triggers(), 0);
}

TEST_F(MigrationTest, WithoutGuardThereIsNoTriggerOfItAndWithItItComesBack) {
    const auto guards = [&] {
        return db.number("select count(*) from pg_trigger where tgname = 'postrider_guard'");
    };
    migrate_now();
    EXPECT_EQ(guards(), 1);
    MigrateOptions unguarded;
    unguarded.guard = false;
    migrate_now(unguarded);
    EXPECT_EQ(guards(), 0);
    migrate_now();
    EXPECT_EQ(guards(), 1);
}

TEST_F(MigrationTest, ATransactionOfTheSiteMakesTheTriggersWaitAndOthersAreNotHeldUp) {
    MigrateOptions quiet;
    quiet.notify = false;
    migrate_now(quiet);
    const auto site = db.connect();
    pqxx::work transaction(*site);
    transaction.exec("insert into simple_messaging_outgoingmessage (destination, message) values ('a', 'b')");
    auto migration = std::async(std::launch::async, [&] { migrate(owner, {}, silent); });
    ASSERT_TRUE(waits_for_lock());
    // Queues behind the migrator, and must get through while the transaction is still open.
    db.script(
        "set lock_timeout = '9s'; insert into simple_messaging_outgoingmessage (destination, message) values "
        "('c', 'd')");
    EXPECT_EQ(triggers(), 0);
    transaction.commit();
    migration.get();
    EXPECT_EQ(triggers(), 2);
}

TEST_F(MigrationTest, AReaderOfTheTableDoesNotHoldUpTheFirstTriggers) {
    MigrateOptions quiet;
    quiet.notify = false;
    migrate_now(quiet);
    const auto report = db.connect();
    pqxx::work transaction(*report);
    transaction.exec("select count(*) from simple_messaging_outgoingmessage");
    auto migration = std::async(std::launch::async, [&] { migrate(owner, {}, silent); });
    EXPECT_EQ(migration.wait_for(std::chrono::seconds{2}), std::future_status::ready);
    transaction.commit();
    migration.get();
}

TEST_F(MigrationTest, ARoleThatDoesNotExistCannotBeGrantedAnything) {
    MigrateOptions options;
    options.grant_to = "nobody_here";
    EXPECT_THAT(refusal([&] { migrate_now(options); }), HasSubstr("there is no role nobody_here"));
}

struct UninstallTest : DatabaseLoopTest {};

TEST_F(UninstallTest, IsRefusedWhileADaemonLives) {
    const auto membership = make_pg_membership(io.get_executor(), db.settings());
    result_of(membership->join());
    EXPECT_THAT(refusal([&] { uninstall(db.settings("postgres"), false, silent); }),
                HasSubstr("a daemon is running"));
    EXPECT_EQ(db.text("select to_regclass('postrider.attempt')"), "postrider.attempt");
}

TEST_F(UninstallTest, IsNotHinderedByADaemonOfAnotherDatabase) {
    TestDatabase other;
    const auto membership = make_pg_membership(io.get_executor(), other.settings());
    result_of(membership->join());
    EXPECT_EQ(refusal([&] { uninstall(db.settings("postgres"), false, silent); }), "");
}

TEST_F(UninstallTest, WhereNothingIsInstalledIsNoError) {
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(refusal([&] { uninstall(db.settings("postgres"), false, silent); }), "");
}

}  // namespace
}  // namespace postrider::testing
