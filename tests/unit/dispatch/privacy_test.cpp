#include "lib/dispatch/privacy.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const Secret salt("salt");
const Secret new_key(std::string(32, 'n'));
const Secret old_key(std::string(32, 'o'));

Privacy rotated() { return Privacy({.secret_key = new_key, .old_keys = {old_key}}, salt); }

TEST(Privacy, ReadsWhatWasSealedUnderAnyKeyAndSealsUnderTheNewOne) {
    Privacy privacy = rotated();
    const auto of_old = privacy.open(SecretBox(old_key).seal("+13125550101"));
    EXPECT_EQ(of_old.value, "+13125550101");
    EXPECT_TRUE(of_old.old_key);
    const std::string sealed = privacy.seal("+13125550101");
    EXPECT_EQ(SecretBox(new_key).open(sealed), "+13125550101");
    EXPECT_FALSE(privacy.open(sealed).old_key);
    EXPECT_EQ(privacy.open(SecretBox(Secret(std::string(32, 'x'))).seal("?")).failure,
              Privacy::Opened::Failure::damaged);
}

TEST(Privacy, WithoutAKeyNothingIsSealedAndNothingOpened) {
    Privacy privacy(std::nullopt, salt);
    EXPECT_FALSE(privacy.has_key());
    EXPECT_EQ(privacy.seal("+13125550101"), "+13125550101");
    EXPECT_EQ(privacy.open("secret:abc").failure, Privacy::Opened::Failure::no_key);
}

TEST(Privacy, TextsAreSealedOnlyWhereThatIsAskedForAndThereIsAKey) {
    EXPECT_FALSE(Privacy({.secret_key = new_key}, salt).seals_texts());
    EXPECT_TRUE(Privacy({.secret_key = new_key, .encrypt_text = true}, salt).seals_texts());
}

TEST(Privacy, WhatTheJournalKnewUnderAnOldKeyIsKnownAgain) {
    const Address to("+13125550101");
    const Text text("hello");
    const Hash before = Privacy(old_key, salt).content(to, text);
    EXPECT_THAT(rotated().contents(to, text), ElementsAre(rotated().content(to, text), before,
                                                          Privacy(std::nullopt, salt).content(to, text)));
}

TEST(Privacy, ARenderedTextIsKnownByItsMarkAlsoUnderAnOldKey) {
    const Text text("{{ said }}");
    const std::string mark = Privacy(old_key, salt).mark(text);
    EXPECT_TRUE(rotated().is_marked(text, mark));
    EXPECT_FALSE(rotated().is_marked(Text("{{ other }}"), mark));
    EXPECT_FALSE(rotated().is_marked(text, ""));
}

TEST(Privacy, FindsSecretsOfChannelsThatASiteHasLeftInMetadata) {
    const std::string metadata = R"({"root_auth_token": "x", "twilio_sid": ["SM1"], "destination": "a:+1"})";
    EXPECT_THAT(Privacy(std::nullopt, salt).leaks_in(metadata), ElementsAre("root_auth_token"));
    EXPECT_THAT(Privacy(new_key, salt).leaks_in(metadata), ElementsAre("root_auth_token", "destination"));
}

TEST(Privacy, AWordInAValueIsNoLeak) {
    EXPECT_THAT(Privacy(new_key, salt).leaks_in(R"({"note": "the destination", "n": {"auth_token": 1}})"),
                IsEmpty());
    EXPECT_THAT(Privacy(new_key, salt).leaks_in("destination, and no JSON"), IsEmpty());
}

}  // namespace
}  // namespace postrider
