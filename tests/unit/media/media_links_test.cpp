#include "lib/media/media_links.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const TimePoint now{std::chrono::seconds{1893499200}};
const Media picture{"outgoing_message_media/Grüße 1.png", "image/png"};
const MediaLinks links("https://m.example.org/postrider/", Secret("secret"));

std::string token_of(const std::string& link) { return link.substr(link.rfind('/') + 1); }

TEST(MediaLinks, ALinkLeadsBackToItsFileOnEveryHostWithTheSameSecret) {
    const std::string link = links.link(picture, now);
    EXPECT_THAT(link, ContainsRegex("^https://m.example.org/postrider/media/[A-Za-z0-9_-]+$"));
    EXPECT_EQ(MediaLinks("https://other.example.org", Secret("secret")).read(token_of(link), now),
              (MediaLinks::Target{picture, std::nullopt}));
    EXPECT_EQ(MediaLinks("https://m.example.org", Secret("other")).read(token_of(link), now), std::nullopt);
}

TEST(MediaLinks, ALinkToAnotherFormSaysWhatTheFileIsMadeInto) {
    const MediaForm form{"image/gif", 5242880};
    const std::string link = links.link(picture, now, form);
    EXPECT_EQ(links.read(token_of(link), now), (MediaLinks::Target{picture, form}));
    EXPECT_EQ(links.read(token_of(link), now + media_link_lasts), std::nullopt);
}

TEST(MediaLinks, ALinkTellsNothingOfItsFile) {
    EXPECT_THAT(links.link(picture, now), Not(HasSubstr("png")));
    EXPECT_NE(links.link(picture, now), links.link(picture, now));
}

TEST(MediaLinks, ALinkExpires) {
    const std::string token = token_of(links.link(picture, now));
    EXPECT_TRUE(links.read(token, now + media_link_lasts - 1s));
    EXPECT_FALSE(links.read(token, now + media_link_lasts));
}

TEST(MediaLinks, WhatIsNoTokenOfOursIsNone) {
    std::string token = token_of(links.link(picture, now));
    token[10] = token[10] == 'a' ? 'b' : 'a';
    for (const std::string& bad : {token, std::string(), std::string("../../etc/passwd"),
                                   std::string(5000, 'a'), std::string("\xff\xff"), std::string("secret:")}) {
        EXPECT_FALSE(links.read(bad, now));
    }
}

}  // namespace
}  // namespace postrider
