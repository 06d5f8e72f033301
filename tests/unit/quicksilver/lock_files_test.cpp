// Lock files of a real folder, and real processes that may hold them.
#include "lib/quicksilver/lock_files.h"

#include "lib/process/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct LockFilesTest : ::testing::Test {
    LockFilesTest() { std::filesystem::create_directory(folder); }
    ~LockFilesTest() override { std::filesystem::remove_all(folder); }

    void make(const std::string& name) const { std::ofstream(folder / name) << "x"; }
    bool there(const std::string& name) const { return std::filesystem::exists(folder / name); }

    /// No other process on this host is called so.
    const std::string command = "command_of_test_" + std::to_string(::getpid());
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("lock_files_test." + std::to_string(::getpid()));
    const std::string lock = "site__" + command + ".lock";
    const LockFiles locks{folder.string(), "site"};
    const LockFiles of_any{folder.string(), ""};
};

TEST_F(LockFilesTest, WhatARunHasLeftIsRemoved) {
    make(lock);
    EXPECT_TRUE(locks.clear(command, {}));
    EXPECT_FALSE(there(lock));
    EXPECT_TRUE(locks.clear(command, {})) << "there is none";
}

TEST_F(LockFilesTest, WhatWasThereBeforeStays) {
    make(lock);
    const auto before = locks.present(command);
    EXPECT_THAT(before, SizeIs(1));
    EXPECT_TRUE(locks.clear(command, before));
    EXPECT_TRUE(there(lock));
    std::filesystem::last_write_time(folder / lock, std::filesystem::file_time_type::clock::now());
    EXPECT_EQ(locks.present(command), before) << "touched, it is the same";
}

TEST_F(LockFilesTest, AnotherLockOfThatNameIsAnotherLock) {
    make(lock);
    const auto before = locks.present(command);
    do {  // within one tick of the file system's clock it might be the same
        std::filesystem::remove(folder / lock);
        make(lock);
    } while (locks.present(command) == before);
    EXPECT_TRUE(locks.clear(command, before));
    EXPECT_FALSE(there(lock));
}

TEST_F(LockFilesTest, OthersAreLeftAlone) {
    make("other__" + command + ".lock");
    make("site__other_" + command + ".lock");
    make("site__" + command);
    EXPECT_THAT(locks.present(command), IsEmpty());
    EXPECT_TRUE(locks.clear(command, {}));
    EXPECT_TRUE(there("other__" + command + ".lock"));
}

TEST_F(LockFilesTest, WhereNoSiteIsNamedTheyMayBeAnySites) {
    make("other__" + command + ".lock");
    make("site__other_" + command + ".lock");
    make("__" + command + ".lock");
    EXPECT_THAT(of_any.present(command), SizeIs(1));
    EXPECT_TRUE(of_any.clear(command, {}));
    EXPECT_FALSE(there("other__" + command + ".lock"));
    EXPECT_TRUE(there("site__other_" + command + ".lock"));
    EXPECT_THAT(LockFiles("/no/such/folder", "").present(command), IsEmpty());
}

TEST_F(LockFilesTest, NoneIsRemovedAsLongAsAProcessOfThatCommandLives) {
    make(lock);
    ChildProcess process({"sh", "-c", "while :; do sleep 0.1; done", command});
    EXPECT_FALSE(locks.clear(command, {}));
    EXPECT_TRUE(there(lock));
    process.signal(9);
    process.wait();
    EXPECT_TRUE(locks.clear(command, {}));
}

}  // namespace
}  // namespace postrider
