#include "lib/text/links.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Links, StandBetweenWhiteSpace) {
    EXPECT_THAT(find_links("See https://x.org/a and\nHTTP://Y.org/b\thttps://x.org/a"),
                ElementsAre("https://x.org/a", "HTTP://Y.org/b"));
    EXPECT_THAT(find_links("(https://x.org/a) \"https://x.org\" xhttps://x.org ftp://x.org https:// http"),
                IsEmpty());
}

TEST(Links, PunctuationAtTheirEndIsNotTheirs) {
    EXPECT_THAT(find_links("https://x.org/a. https://x.org/b?c=1!) https://x.org/d/"),
                ElementsAre("https://x.org/a", "https://x.org/b?c=1", "https://x.org/d/"));
}

TEST(Links, AreReplacedAsWholesAndNothingElseChanges) {
    const std::string text = "https://x.org/a https://x.org/a/b, \r\n https://x.org/a. end";
    EXPECT_EQ(replace_links(text, {{"https://x.org/a", "https://s/1"}}),
              "https://s/1 https://x.org/a/b, \r\n https://s/1. end");
    EXPECT_EQ(replace_links(text, {}), text);
    EXPECT_EQ(replace_links("", {{"https://x.org/a", "https://s/1"}}), "");
    EXPECT_EQ(replace_links("https://x", {{"https://x", "https://x/https://x"}}), "https://x/https://x");
}

}  // namespace
}  // namespace postrider
