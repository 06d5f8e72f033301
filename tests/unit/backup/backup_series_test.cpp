// Where the next incremental backup of a folder begins.
#include "lib/backup/backup_series.h"

#include "lib/backup/backup_writer.h"

#include <gtest/gtest.h>

#include <fstream>

namespace postrider {
namespace {

namespace fs = std::filesystem;

const Secret key(std::string(32, 'k'));

struct BackupSeriesTest : ::testing::Test {
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "series-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { fs::remove_all(folder); }

    /// One of these days of January; without `from` a full one.
    void add(const std::string& name, int taken, int from = 0, const std::string& salt = "salt",
             const Secret& sealed_with = key, int to = 0) const {
        const auto target = make_folder_target(folder, name);
        BackupManifest facts;
        facts.taken = day(taken);
        facts.hash_salt = salt;
        if (from > 0) {
            facts.from = day(from);
            facts.to = day(to > 0 ? to : taken);
        }
        BackupWriter(*target, sealed_with, "prefix").finish(facts);
    }
    static std::string day(int number) { return "2026-01-" + std::to_string(number) + "T00:00:00.000000Z"; }
    std::optional<std::string> until() const { return backed_up_until(folder, {key}, "salt"); }

    fs::path folder;
};

TEST_F(BackupSeriesTest, ThereIsNothingToBuildOnWithoutAFullOne) {
    EXPECT_EQ(backed_up_until(folder / "not-there", {key}, "salt"), std::nullopt);
    EXPECT_EQ(until(), std::nullopt);
    add("increment", 12, 11);
    EXPECT_EQ(until(), std::nullopt);
    add("full", 11);
    EXPECT_EQ(until(), day(12)) << "whatever they are called";
}

TEST_F(BackupSeriesTest, AGapEndsItAndANewFullOneBeginsItAnew) {
    add("full", 10);
    add("one", 12, 10);
    add("after-a-gap", 16, 14);
    EXPECT_EQ(until(), day(12));
    add("bridge", 18, 11);
    EXPECT_EQ(until(), day(18));
    add("second-full", 20);
    EXPECT_EQ(until(), day(20));
    fs::remove_all(folder / "second-full");
    fs::remove_all(folder / "bridge");
    EXPECT_EQ(until(), day(12));
}

TEST_F(BackupSeriesTest, OneThatWasToReachIntoTheFutureEndsWhenItWasTaken) {
    add("full", 10);
    add("of-today", 12, 10, "salt", key, 13);
    EXPECT_EQ(until(), day(12));
}

TEST_F(BackupSeriesTest, WhatCannotBeRestoredHereDoesNotCount) {
    add("full", 10);
    add("of-another-database", 20, 0, "other");
    add("of-another-key", 21, 0, "salt", Secret(std::string(32, 'x')));
    add(".not-finished", 22);
    fs::create_directory(folder / "lost+found");
    std::ofstream(folder / "notes.txt") << "which is which";
    EXPECT_EQ(until(), day(10));
}

}  // namespace
}  // namespace postrider
