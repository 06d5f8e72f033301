// What the Preparer has written into a message's row besides its outcome.
#include "tests/support/preparer_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;

using RowValuesTest = testing::PreparerTest;

TEST_F(RowValuesTest, ATemplateIsWrittenBackAsWhatWasSaid) {
    Waiting waiting = message("Hello {{ name }}");
    waiting.message.transmission_metadata = R"({"name": "{{ Ada }}"})";
    Prepared prepared = prepare(waiting);
    ASSERT_TRUE(prepared.row.message);
    EXPECT_EQ(prepared.row.message->reveal(), "Hello {{ Ada }}");

    // Reset, it says the same, and not what the name would render to.
    waiting.message.text = *prepared.row.message;
    waiting.message.transmission_metadata =
        R"({"postrider": {"rendered": ")" + prepared.row.rendered + R"("}})";
    const Prepared again = prepare(waiting);
    EXPECT_EQ(again.request.text.reveal(), "Hello {{ Ada }}");
    EXPECT_FALSE(again.row.message);
    EXPECT_EQ(again.row.rendered, prepared.row.rendered);

    waiting.message.text = Text("Good-bye {{ Ada }}");
    EXPECT_EQ(prepare(waiting).request.text.reveal(), "Good-bye ") << "somebody wrote another template";
}

TEST_F(RowValuesTest, ATemplateThatWasEncryptedIsWrittenBackEncrypted) {
    Waiting waiting = message(box.seal("Hello {{ name }}"));
    waiting.message.transmission_metadata = R"({"name": "Ada"})";
    const Prepared prepared = prepare(waiting);
    ASSERT_TRUE(prepared.row.message);
    EXPECT_EQ(box.open(prepared.row.message->reveal()), "Hello Ada");
}

TEST_F(RowValuesTest, WhatIsEncryptedAndNoTemplateStaysAsItIs) {
    const Prepared prepared = prepare(message(box.seal("hello"), "+13125550101"));
    EXPECT_FALSE(prepared.row.message);
    EXPECT_EQ(prepared.row.rendered, "");
}

TEST_F(RowValuesTest, AnAddressInTheClearIsEncryptedOnceTheMessageHasEnded) {
    const Prepared prepared = prepare(message("hello", "+13125550101"));
    ASSERT_TRUE(prepared.row.destination);
    EXPECT_EQ(box.open(*prepared.row.destination), "+13125550101");
    EXPECT_EQ(prepared.journal_destination, *prepared.row.destination);
    Waiting sealed = message("hello");
    sealed.message.destination = Address(box.seal("+13125550101"));
    EXPECT_FALSE(prepare(sealed).row.destination);
    EXPECT_EQ(prepare(sealed).journal_destination, sealed.message.destination.reveal());
}

TEST_F(RowValuesTest, WithoutAKeyAllStaysAsItIs) {
    privacy = Privacy(std::nullopt, Secret("salt"));
    const Prepared prepared = prepare(message("hello", "+13125550101"));
    EXPECT_FALSE(prepared.row.destination);
    EXPECT_FALSE(prepared.row.message);
    EXPECT_EQ(prepared.journal_destination, "+13125550101");
}

TEST_F(RowValuesTest, WhatIsUnderAnOldKeyIsEncryptedAgainUnderTheNewOne) {
    const Secret new_key(std::string(32, 'n'));
    privacy = Privacy({.secret_key = new_key, .old_keys = {key}}, Secret("salt"));
    Waiting waiting = message(box.seal("hello"));
    waiting.message.destination = Address(box.seal("+13125550101"));
    waiting.old_key = true;
    const Prepared prepared = prepare(waiting);
    EXPECT_EQ(SecretBox(new_key).open(prepared.row.destination.value()), "+13125550101");
    EXPECT_EQ(SecretBox(new_key).open(prepared.row.message.value().reveal()), "hello");
}

TEST_F(RowValuesTest, TextsAreEncryptedWhereThatIsAskedForAlsoThoseThatAreRefused) {
    privacy = Privacy({.secret_key = key, .encrypt_text = true}, Secret("salt"));
    for (const std::string text : {"hello", "Hello {% if %}"}) {
        const Prepared prepared = prepare(message(text));
        ASSERT_TRUE(prepared.row.message);
        EXPECT_EQ(box.open(prepared.row.message->reveal()), text);
    }
    Waiting large = message("");
    large.message.text_too_large = true;
    EXPECT_FALSE(prepare(large).row.message) << "it was not read";
}

TEST_F(RowValuesTest, ARowWithoutALookupKeyGetsOne) {
    privacy = Privacy({.secret_key = key, .lookup_hash_prefix = "study-42:"}, Secret("salt"));
    Waiting waiting = message("hello", "+13125550123");
    EXPECT_EQ(prepare(waiting).row.lookup_key,
              "5219cf4813e7a57ddd7a8d43ee03ad761f51aa159389d3e98d2545eb8d492a4a");
    waiting.message.has_lookup_key = true;
    EXPECT_FALSE(prepare(waiting).row.lookup_key);
}

TEST_F(RowValuesTest, OfAnAddressThatCannotBeDecryptedNothingIsMade) {
    Waiting waiting = message("hello", "secret:damaged");
    waiting.refusal = "encrypted, but damaged";
    const Prepared prepared = prepare(waiting);
    EXPECT_FALSE(prepared.row.destination);
    EXPECT_FALSE(prepared.row.lookup_key);
    EXPECT_EQ(prepared.journal_destination, "secret:damaged");
}

TEST_F(RowValuesTest, AnAddressThatIsTooLongToBeEncryptedIsRefused) {
    EXPECT_EQ(refusal(message("hello", std::string(146, 'a'))), "none");
    EXPECT_THAT(refusal(message("hello", std::string(147, 'a'))), HasSubstr("146 bytes at most"));
    EXPECT_FALSE(prepare(message("hello", std::string(147, 'a'))).row.destination) << "it has no room";
    privacy = Privacy(std::nullopt, Secret("salt"));
    EXPECT_EQ(refusal(message("hello", std::string(147, 'a'))), "none");
}

TEST_F(RowValuesTest, SecretsThatASiteLeftInMetadataAreNamed) {
    Waiting waiting = message("hello");
    waiting.message.transmission_metadata = R"({"root_auth_token": "x", "destination": "whatsapp:+1"})";
    EXPECT_THAT(prepare(waiting).row.leaked, ::testing::ElementsAre("root_auth_token", "destination"));
}

TEST_F(RowValuesTest, TheProviderAndTheJournalHaveTheAddressWithItsPrefixAndTheRowKeepsItsOwn) {
    channel.prefix = "whatsapp";
    const Prepared prepared = prepare(message("hello", "+13125550101"));
    EXPECT_EQ(prepared.request.destination, Address("whatsapp:+13125550101"));
    EXPECT_EQ(box.open(prepared.journal_destination), "whatsapp:+13125550101");
    EXPECT_EQ(box.open(prepared.row.destination.value()), "+13125550101");
    EXPECT_EQ(prepared.row.lookup_key, privacy.lookup_key_of(Address("+13125550101")));
    EXPECT_EQ(prepared.content_hash, privacy.content(Address("whatsapp:+13125550101"), Text("hello")));
}

TEST_F(RowValuesTest, AnEndHoldsWhetherOrNotItsAddressHadThePrefix) {
    channel.prefix = "whatsapp";
    for (const char* address : {"+13125550101", "whatsapp:+13125550101"}) {
        Waiting waiting = ended_before();
        waiting.message.journaled_end->content_hash = privacy.content(Address(address), Text("hello"));
        EXPECT_TRUE(prepare(waiting).foregone) << address;
    }
}

TEST_F(RowValuesTest, TheSegmentsOfAllPartsAreCountedAsTheyAreSent) {
    const auto segments = [&](std::string text) {
        const Prepared prepared = prepare(message(std::move(text)));
        return std::pair(prepared.row.segments, prepared.row.unicode);
    };
    EXPECT_EQ(segments("hello"), std::pair(std::size_t{1}, false));
    EXPECT_EQ(segments(std::string(161, 'a')), std::pair(std::size_t{2}, false));
    const std::string curly = "It’s " + std::string(80, 'a');
    EXPECT_EQ(segments(curly), std::pair(std::size_t{2}, true));
    channel.typography = Typography::replace;
    EXPECT_EQ(segments(curly), std::pair(std::size_t{1}, false));
    transport.units_max = 100;
    EXPECT_EQ(segments(std::string(90, 'a') + " " + std::string(90, 'b')), std::pair(std::size_t{2}, false));
    channel.prefix = "whatsapp";
    EXPECT_EQ(segments("hello").first, 0u);
    channel.prefix.clear();
    transport.segments = false;
    EXPECT_EQ(segments("hello").first, 0u);
    transport.segments = true;
    EXPECT_EQ(segments("Hello {% if %}").first, 0u) << "nothing was sent";
}

}  // namespace
}  // namespace postrider
