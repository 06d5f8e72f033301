#include "lib/net/public_url.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

constexpr const char* plain = "https://messages.example.org";
constexpr const char* prefixed = "https://example.org:8443/a/messages";

TEST(PublicUrl, ItsPathIsTakenOffOnlyWhereTheProxyLeftIt) {
    EXPECT_EQ(path_without_prefix("/a/messages/incoming", prefixed), "/incoming");
    EXPECT_EQ(path_without_prefix("/incoming", prefixed), "/incoming");
    EXPECT_EQ(path_without_prefix("/a/messages", prefixed), "/");
    EXPECT_EQ(path_without_prefix("/a/messages/", "https://example.org/a/messages/"), "/");
    EXPECT_EQ(path_without_prefix("/a/messages/x", "https://example.org/a/messages//"), "/x");
}

TEST(PublicUrl, ItsPathIsMadeOfWholeSegments) {
    EXPECT_EQ(path_without_prefix("/a/messages2/incoming", prefixed), "/a/messages2/incoming");
    EXPECT_EQ(path_without_prefix("/a", prefixed), "/a");
    EXPECT_EQ(path_without_prefix("/b/a/messages/x", prefixed), "/b/a/messages/x");
}

TEST(PublicUrl, WithoutAPathLeavesPathsAsTheyAre) {
    for (const char* url : {plain, "https://messages.example.org/", ""}) {
        EXPECT_EQ(path_without_prefix("/incoming", url), "/incoming") << url;
        EXPECT_EQ(path_without_prefix("/", url), "/") << url;
        EXPECT_EQ(path_without_prefix("", url), "/") << url;
    }
}

TEST(PublicUrl, TellsUnderWhichUrlATargetWasAskedFor) {
    EXPECT_EQ(public_target_url(plain, "/incoming?a=%2B&b"), "https://messages.example.org/incoming?a=%2B&b");
    EXPECT_EQ(public_target_url("https://messages.example.org/", "/incoming"),
              "https://messages.example.org/incoming");
    EXPECT_EQ(public_target_url(plain, "/incoming?"), "https://messages.example.org/incoming?");
    EXPECT_EQ(public_target_url(plain, "/"), "https://messages.example.org/");
    EXPECT_EQ(public_target_url("", "/incoming"), "");
}

TEST(PublicUrl, TellsTheSameWhetherTheProxyLeftThePrefixOrTookItOff) {
    const std::string outside = "https://example.org:8443/a/messages/incoming?b=/a/messages";
    EXPECT_EQ(public_target_url(prefixed, "/incoming?b=/a/messages"), outside);
    EXPECT_EQ(public_target_url(prefixed, "/a/messages/incoming?b=/a/messages"), outside);
    EXPECT_EQ(public_target_url(std::string(prefixed) + "/", "/incoming?b=/a/messages"), outside);
    EXPECT_EQ(public_target_url(prefixed, "/a/messages?b"), "https://example.org:8443/a/messages?b");
    EXPECT_EQ(public_target_url(prefixed, "/a/messages2"), "https://example.org:8443/a/messages/a/messages2");
}

TEST(PublicUrl, TakesTheAbsoluteFormForThePathInIt) {
    EXPECT_EQ(public_target_url(prefixed, "http://inside:8425/incoming?x"),
              "https://example.org:8443/a/messages/incoming?x");
}

}  // namespace
}  // namespace postrider
