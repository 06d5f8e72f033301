// scripts/deps.sh on a machine that has none of the packages: what it would install.
#include "tests/system/folder.h"
#include "tests/system/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

struct Deps : ::testing::Test {
    void stand_in(const std::string& program, const std::string& script) {
        const auto file = folder.write(program, "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(file, std::filesystem::perms{0755});
    }
    /// What apt-get is told.
    std::string installed_for(const std::string& group) {
        stand_in("dpkg-query", "exit 1");
        stand_in("apt-get", "echo \"$@\" >>" + (folder.path() / "told").string());
        stand_in("sudo", "exec \"$@\"");
        const Ran ran = run_program({"sh", "-c",
                                     "PATH=" + folder.path().string() + ":$PATH exec " +
                                         POSTRIDER_SOURCE_DIR "/scripts/deps.sh " + group});
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return contents(folder.path() / "told");
    }

    Folder folder;
};

TEST_F(Deps, OfTheGroupPackageAreInstalled) {
    EXPECT_THAT(installed_for("package"), HasSubstr(" dpkg-dev file gzip\n"));
}

TEST_F(Deps, OfAGroupWithAHyphenAreInstalled) {
    EXPECT_THAT(installed_for("clean-debian"), HasSubstr(" debootstrap systemd-container "));
}

}  // namespace
}  // namespace postrider::testing
