#include "lib/spool/known_installation.h"

#include "lib/crypto/base64.h"
#include "tests/unit/spool/spool_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace postrider {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct KnownInstallationTest : testing::SpoolFolder {
    const Secret url{"postgresql://postrider:password@db/site"};
    const KnownInstallation known{Secret(std::string("salt\0\xff", 6)), "0123abcd"};

    std::filesystem::path remembered() const { return folder() / "installation.json"; }
    std::string content() const {
        std::ostringstream text;
        text << std::ifstream(remembered()).rdbuf();
        return text.str();
    }
    void SetUp() override { std::filesystem::create_directories(folder()); }
};

TEST_F(KnownInstallationTest, WhatWasRememberedIsRecalled) {
    remember_installation(folder(), known, url);
    const auto recalled = recall_installation(folder(), url);
    ASSERT_TRUE(recalled);
    EXPECT_EQ(recalled->hash_salt, known.hash_salt);
    EXPECT_EQ(recalled->identity, known.identity);
}

TEST_F(KnownInstallationTest, TheLastOneCounts) {
    remember_installation(folder(), known, url);
    remember_installation(folder(), {known.hash_salt, "another"}, url);
    EXPECT_EQ(recall_installation(folder(), url)->identity, "another");
}

TEST_F(KnownInstallationTest, WithAnotherDatabaseInTheConfigurationNothingIsKnown) {
    remember_installation(folder(), known, url);
    EXPECT_FALSE(recall_installation(folder(), Secret("postgresql://db/other")));
}

TEST_F(KnownInstallationTest, WithoutAFileOrWithADamagedOneNothingIsKnown) {
    EXPECT_FALSE(recall_installation(folder(), url));
    for (const char* damaged : {"", "{", "[]", "{\"hash_salt\": 5, \"identity\": \"x\"}",
                                "{\"hash_salt\": \"!\", \"identity\": \"x\", \"database\": \"\"}"}) {
        std::ofstream(remembered()) << damaged;
        EXPECT_FALSE(recall_installation(folder(), url)) << damaged;
    }
}

TEST_F(KnownInstallationTest, ItsFileIsItsOwnersAndHoldsNoPassword) {
    remember_installation(folder(), known, url);
    struct stat found {};
    ASSERT_EQ(::stat(remembered().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    EXPECT_THAT(content(), Not(AnyOf(HasSubstr("password"), HasSubstr(to_base64(url.reveal())))));
}

}  // namespace
}  // namespace postrider
