#include "lib/dispatch/preparer.h"

#include "tests/support/loop_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;

const Secret key{std::string(32, 'k')};

struct PreparerTest : testing::LoopTest {
    Waiting message(std::string text, std::string destination = "+13125550101") {
        Waiting waiting;
        waiting.destination = Address(destination);
        waiting.message.destination = Address(std::move(destination));
        waiting.message.text = Text(std::move(text));
        return waiting;
    }
    Prepared prepare(Waiting waiting) { return result_of(preparer.prepare(std::move(waiting))); }
    std::string refusal(Waiting waiting) { return prepare(std::move(waiting)).refusal.value_or("none"); }

    Privacy privacy{key, Secret("salt")};
    Preparer preparer{privacy};
    const SecretBox box{key};
};

TEST_F(PreparerTest, GivesTheTransportAllInTheClear) {
    const Prepared prepared = prepare(message(box.seal("Grüße")));
    EXPECT_EQ(prepared.refusal, std::nullopt);
    EXPECT_EQ(prepared.request.text.reveal(), "Grüße");
    EXPECT_EQ(prepared.request.destination.reveal(), "+13125550101");
}

TEST_F(PreparerTest, RefusesByNameWhatItCannotSend) {
    EXPECT_THAT(refusal(message("secret:damaged")), HasSubstr("encrypted"));
    EXPECT_THAT(refusal(message("hello", "")), HasSubstr("destination is empty"));
    for (std::string text : {"hello {{ name }}", "{% if x %}", "{# note #}"}) {
        EXPECT_THAT(refusal(message(text)), HasSubstr("templates")) << text;
    }
    Waiting with_media = message("hello");
    with_media.message.media_count = 1;
    EXPECT_THAT(refusal(std::move(with_media)), HasSubstr("media"));
    Waiting refused = message("hello");
    refused.refusal = "expired";
    EXPECT_EQ(refusal(std::move(refused)), "expired");
}

TEST_F(PreparerTest, TextThatOnlyLooksLikeATemplateIsSent) {
    for (std::string text : {"{}", "{ {x} }", "100 %", "}}", ""})
        EXPECT_EQ(refusal(message(text)), "none") << text;
}

TEST_F(PreparerTest, TheJournalKeepsADestinationSealedWhenThereIsAKey) {
    const Prepared prepared = prepare(message("hello"));
    EXPECT_EQ(box.open(prepared.journal_destination), "+13125550101");
}

TEST_F(PreparerTest, ADestinationThatIsSealedStaysAsItIs) {
    const std::string stored = box.seal("+13125550101");
    Waiting waiting = message("hello");
    waiting.message.destination = Address(stored);
    EXPECT_EQ(prepare(std::move(waiting)).journal_destination, stored);
}

TEST_F(PreparerTest, WithoutAKeyTheJournalKeepsItAsTheRowDoes) {
    privacy = Privacy(std::nullopt, Secret("salt"));
    EXPECT_EQ(prepare(message("hello")).journal_destination, "+13125550101");
}

TEST_F(PreparerTest, EqualTextsHaveEqualContentHashes) {
    EXPECT_EQ(prepare(message("hello")).content_hash, prepare(message(box.seal("hello"))).content_hash);
    EXPECT_NE(prepare(message("hello")).content_hash, prepare(message("other")).content_hash);
}

}  // namespace
}  // namespace postrider
