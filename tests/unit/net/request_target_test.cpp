#include "lib/net/request_target.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

void expect_split(std::string_view target, std::string_view path, std::string_view query) {
    EXPECT_EQ(split_target(target).path, path) << target;
    EXPECT_EQ(split_target(target).query, query) << target;
}

TEST(RequestTarget, IsSplitAtTheFirstQuestionMark) {
    expect_split("/a/b", "/a/b", "");
    expect_split("/a?b=c?d", "/a", "b=c?d");
    expect_split("/a?", "/a", "");
    expect_split("*", "*", "");
    expect_split("", "", "");
}

TEST(RequestTarget, LosesSchemeAndHost) {
    expect_split("http://x.example:80/a?b", "/a", "b");
    expect_split("http://x.example", "/", "");
    expect_split("http://x.example?b", "/", "b");
    expect_split("/a?next=http://x/", "/a", "next=http://x/");
}

}  // namespace
}  // namespace postrider
