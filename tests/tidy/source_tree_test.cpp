// The rules are only as good as the reading of the files that they look at.
#include "tests/tidy/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace postrider::tidy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SourceTree, HoldsTheFilesOfThisProject) {
    EXPECT_GT(source_files().size(), 20u);
    EXPECT_THAT(all_files(), ::testing::Contains("lib/async/task.h"));
}

TEST(SourceTree, CommentsAreNoCode) {
    EXPECT_EQ(without_comments("a // b\nc /* d\ne */ f"), "a     \nc     \n     f");
}

TEST(SourceTree, WhatLooksLikeACommentInAStringIsCode) {
    EXPECT_EQ(without_comments(R"(url = "http://x"; /**/)"), R"(url = "http://x";     )");
    EXPECT_EQ(without_comments(R"("\"//" '"' // x)"), R"("\"//" '"'     )");
    EXPECT_EQ(without_comments("R\"q(\"//)q\" // x"), "R\"q(\"//)q\"     ");
    EXPECT_EQ(without_comments("1'000 // it's"), "1'000        ");
}

TEST(SourceTree, WordsInStringsCanBeSetAside) {
    EXPECT_THAT(without_strings(R"(f("detached \" x", y))"), Not(HasSubstr("detached")));
}

TEST(SourceTree, IncludesAreReadWithTheirLineButNotInComments) {
    const SourceFile file =
        parse_source("lib/x.h", "#pragma once\n#include \"lib/a.h\"\n// #include <b>\n#  include <c/d>\n");
    ASSERT_EQ(file.includes.size(), 2u);
    EXPECT_EQ(file.includes[0].path, "lib/a.h");
    EXPECT_TRUE(file.includes[0].quoted);
    EXPECT_EQ(file.includes[1].path, "c/d");
    EXPECT_EQ(file.includes[1].line, 4);
}

TEST(SourceTree, AModuleIsAFolderOfLibOrTransportsOrATopLevelFolder) {
    EXPECT_EQ(module_of("lib/store/migrations/x.sql"), "lib/store");
    EXPECT_EQ(module_of("transports/loopback/kind.h"), "transports/loopback");
    EXPECT_EQ(module_of("transports/all.h"), "transports");
    EXPECT_EQ(module_of("daemon/main.cpp"), "daemon");
}

}  // namespace
}  // namespace postrider::tidy
