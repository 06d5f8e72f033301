#include "lib/config/secret_source.h"

#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct SecretSourceTest : ::testing::Test {
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "secrets-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::string write(const std::string& name, const std::string& content) {
        std::ofstream(folder / name, std::ios::binary) << content;
        return (folder / name).string();
    }
    std::string revealed(const std::string& setting) {
        const auto secret = read_secret(setting, environment_of(variables));
        return secret ? secret->reveal() : "FAULT " + secret.error().what;
    }

    std::filesystem::path folder;
    std::map<std::string, std::string> variables{{"TOKEN", "hunter2"}, {"BLANK", ""}};
};

TEST_F(SecretSourceTest, ALiteralIsItself) {
    EXPECT_EQ(revealed("hunter2"), "hunter2");
    EXPECT_EQ(revealed("postgresql:///site"), "postgresql:///site");
    EXPECT_EQ(revealed(""), "FAULT a secret cannot be empty");
}

TEST_F(SecretSourceTest, AVariableMustBeThereAndHoldSomething) {
    EXPECT_EQ(revealed("env:TOKEN"), "hunter2");
    EXPECT_EQ(revealed("env:TOKENS"), "FAULT the environment variable TOKENS is not set");
    EXPECT_EQ(revealed("env:BLANK"), "FAULT the environment variable BLANK is empty");
}

TEST_F(SecretSourceTest, TheProcessHasAnEnvironment) {
    ::setenv("POSTRIDER_TEST_TOKEN", "hunter3", 1);
    const auto secret = read_secret("env:POSTRIDER_TEST_TOKEN", process_environment());
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->reveal(), "hunter3");
    ::unsetenv("POSTRIDER_TEST_TOKEN");
    EXPECT_FALSE(read_secret("env:POSTRIDER_TEST_TOKEN", process_environment()));
}

TEST_F(SecretSourceTest, OneNewlineAtTheEndOfAFileDoesNotCount) {
    EXPECT_EQ(revealed("file:" + write("a", "hunter2")), "hunter2");
    EXPECT_EQ(revealed("file:" + write("b", "hunter2\n")), "hunter2");
    EXPECT_EQ(revealed("file:" + write("c", "hunter2\r\n")), "hunter2");
    EXPECT_EQ(revealed("file:" + write("d", "hunter2\n\n")), "hunter2\n");
}

TEST_F(SecretSourceTest, AFileThatGivesNoSecretIsNamedWithTheReason) {
    const std::string base = folder.string();
    EXPECT_EQ(revealed("file:" + base + "/none"),
              "FAULT cannot read the secret: " + base + "/none: No such file or directory");
    EXPECT_EQ(revealed("file:" + base), "FAULT cannot read the secret: " + base + ": Is a directory");
    EXPECT_EQ(revealed("file:" + write("empty", "")), "FAULT the secret is empty: " + base + "/empty");
    EXPECT_EQ(revealed("file:" + write("newline", "\n")), "FAULT the secret is empty: " + base + "/newline");
    EXPECT_EQ(revealed("file:secret.key"), "FAULT file: must be followed by a path that begins with /");
}

TEST_F(SecretSourceTest, AFileThatMayNotBeReadIsNamedWithTheReason) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may read anything";
    const std::string file = write("private", "hunter2");
    std::filesystem::permissions(file, std::filesystem::perms::none);
    EXPECT_EQ(revealed("file:" + file), "FAULT cannot read the secret: " + file + ": Permission denied");
}

TEST_F(SecretSourceTest, NoSecretIsLargerThan64KiB) {
    EXPECT_EQ(revealed("file:" + write("most", std::string(65536, 'x'))).size(), 65536u);
    const std::string file = write("more", std::string(65537, 'x'));
    EXPECT_EQ(revealed("file:" + file), "FAULT cannot read the secret: " + file + ": larger than 64 KiB");
    EXPECT_EQ(revealed(std::string(65537, 'x')), "FAULT larger than 64 KiB");
    EXPECT_THAT(revealed("file:/dev/zero"), HasSubstr("larger than 64 KiB"));
}

TEST_F(SecretSourceTest, ACredentialIsAFileOfSystemds) {
    EXPECT_THAT(revealed("credential:twilio"), HasSubstr("FAULT no credential twilio: systemd gave none"));
    variables["CREDENTIALS_DIRECTORY"] = folder.string();
    write("twilio", "hunter2\n");
    EXPECT_EQ(revealed("credential:twilio"), "hunter2");
    EXPECT_THAT(revealed("credential:other"), HasSubstr("/other: No such file or directory"));
}

TEST_F(SecretSourceTest, ACredentialsNameIsNoPath) {
    variables["CREDENTIALS_DIRECTORY"] = folder.string();
    for (const char* name : {"", ".", "..", "../x", "a/b"}) {
        EXPECT_THAT(revealed(std::string("credential:") + name),
                    HasSubstr("FAULT credential: must be followed by a name"));
    }
}

TEST_F(SecretSourceTest, WhatOnlyLooksLikeAFormIsNotRepeated) {
    EXPECT_THAT(revealed("env:hunter-2!"), HasSubstr("FAULT env: must be followed"));
    EXPECT_THAT(revealed("env:hunter-2!"), Not(HasSubstr("hunter")));
    EXPECT_THAT(revealed("credential:hunter 2"), Not(HasSubstr("hunter")));
    EXPECT_THAT(revealed("file:hunter2"), Not(HasSubstr("hunter")));
}

}  // namespace
}  // namespace postrider
