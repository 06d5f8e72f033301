#include "tests/support/preparer_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;

using testing::PreparerTest;

TEST_F(PreparerTest, WhatItCostsIsCountedAsTheChannelSays) {
    EXPECT_EQ(prepare(message(std::string(161, 'a'))).cost, 1);
    channel.rate_counts = RateCounts::segments;
    EXPECT_EQ(prepare(message(std::string(161, 'a'))).cost, 2);
    EXPECT_EQ(prepare(message(box.seal(std::string(320, 'a')))).cost, 3);
}

TEST_F(PreparerTest, TypographyThatCostsSegmentsIsReplacedWhereTheChannelWantsIt) {
    const std::string padding(80, 'a');
    const Waiting waiting = message(box.seal("It’s “you” – " + padding));
    EXPECT_EQ(prepare(waiting).request.text.reveal(), "It’s “you” – " + padding);
    channel.typography = Typography::replace;
    channel.rate_counts = RateCounts::segments;
    EXPECT_EQ(prepare(waiting).request.text.reveal(), "It's \"you\" - " + padding);
    EXPECT_EQ(prepare(waiting).cost, 1);
}

TEST_F(PreparerTest, TypographyStaysWhereNothingIsGainedOrTheTransportHasNoRoom) {
    channel.typography = Typography::replace;
    for (const std::string text :
         {"It’s short",
          "“Grüße” 🙂 to all of you, and a text that goes on for longer than "
          "one segment has room for"}) {
        EXPECT_EQ(prepare(message(text)).request.text.reveal(), text);
    }
    const std::string tight = std::string(79, 'a') + "…";
    transport.units_max = 80;
    EXPECT_EQ(prepare(message(tight)).request.text.reveal(), tight);
    std::string umlauts;
    for (int i = 0; i < 79; ++i) umlauts += "ü";
    transport.units_max = 82;
    EXPECT_EQ(prepare(message(umlauts + "…")).request.text.reveal(), umlauts + "...") << "units, not bytes";
    EXPECT_EQ(prepare(message(tight)).request.text.reveal(), std::string(79, 'a') + "...");
}

TEST_F(PreparerTest, AnEndHoldsWhicheverTypographyItWasSentWith) {
    const std::string text = "It’s " + std::string(80, 'a');
    for (const Typography sent_with : {Typography::keep, Typography::replace}) {
        Waiting waiting = ended_before();
        waiting.message.text = Text(text);
        channel.typography = sent_with;
        waiting.message.journaled_end->content_hash = prepare(message(text)).content_hash;
        for (const Typography now_with : {Typography::keep, Typography::replace}) {
            channel.typography = now_with;
            EXPECT_TRUE(prepare(waiting).foregone);
        }
    }
}

TEST_F(PreparerTest, AnEndOfWhichNoContentIsKnownHoldsWhateverTheRowSays) {
    Waiting waiting = ended_before();
    waiting.message.journaled_end->content_hash = Hash{};
    waiting.message.text = Text("the site has sent it");
    EXPECT_TRUE(prepare(waiting).foregone);
}

TEST_F(PreparerTest, PartsAreTheSameWhicheverTypographyTheyGoWith) {
    transport.units_max = 100;
    Waiting waiting = message(std::string(90, 'a') + "… " + std::string(90, 'b') + "…");
    std::vector<std::string> parts;
    for (const Typography typography : {Typography::replace, Typography::keep}) {
        channel.typography = typography;
        const Prepared prepared = prepare(waiting);
        EXPECT_EQ(prepared.request.parts, 2);
        parts.push_back(prepared.request.text.reveal());
        ++waiting.message.next_part;
    }
    EXPECT_EQ(parts[0], std::string(90, 'a') + "...");
    EXPECT_EQ(parts[1], std::string(90, 'b') + "…");
}

TEST_F(PreparerTest, WhatWasGivenUpHalfSentGoesOnWhereItStoppedWhicheverTypographyItHad) {
    transport.units_max = 100;
    Waiting waiting = ended_before(Verdict::rejected, true);
    const std::string text = std::string(90, 'a') + "… " + std::string(90, 'b');
    waiting.message.text = Text(text);
    waiting.message.transmission_metadata = R"({"postrider": {"attempt": 7}})";
    channel.typography = Typography::replace;
    waiting.message.journaled_end->accepted.push_back(prepare(message(text)).content_hash);
    channel.typography = Typography::keep;
    EXPECT_EQ(prepare(waiting).request.part, 2);
}

TEST_F(PreparerTest, GivesTheTransportAllInTheClear) {
    const Prepared prepared = prepare(message(box.seal("Grüße")));
    EXPECT_FALSE(prepared.foregone);
    EXPECT_EQ(prepared.request.text.reveal(), "Grüße");
    EXPECT_EQ(prepared.request.destination.reveal(), "+13125550101");
}

TEST_F(PreparerTest, ATemplateIsFilledWithTheKeysOfItsMetadata) {
    Waiting waiting =
        message(box.seal("Hi {{ name|default:'there' }}{% if visit %}: {{ visit.at }}{% endif %}"));
    EXPECT_EQ(prepare(waiting).request.text.reveal(), "Hi there");
    waiting.message.transmission_metadata = R"({"name": "O'Neil", "visit": {"at": "9:00"}})";
    EXPECT_EQ(prepare(waiting).request.text.reveal(), "Hi O'Neil: 9:00");
}

TEST_F(PreparerTest, ATemplateWithAFaultIsRefusedByName) {
    const std::string fault = refusal(message("Dear Jane,\nyour result is {{ result|uper }}"));
    EXPECT_EQ(fault, "the text is a template with a fault: line 2: unknown filter 'uper'");
    EXPECT_THAT(refusal(message("{% if x %}")), HasSubstr("a template with a fault"));
}

TEST_F(PreparerTest, ATemplateWhoseValuesCannotBeReadIsRefusedRatherThanSentWithoutThem) {
    Waiting waiting = message("Take {{ dose }} mg");
    waiting.message.transmission_metadata = R"({"dose": NaN})";
    EXPECT_THAT(refusal(waiting), HasSubstr("its metadata is no JSON object"));
    for (const char* blank : {"", " ", "{}", "{ }", "null"}) {
        waiting.message.transmission_metadata = blank;
        EXPECT_EQ(refusal(waiting), "none") << blank;
    }
}

TEST_F(PreparerTest, RefusesByNameWhatItCannotSend) {
    EXPECT_THAT(refusal(message("secret:damaged")), HasSubstr("encrypted"));
    EXPECT_THAT(refusal(message("hello", "")), HasSubstr("destination is empty"));
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

TEST_F(PreparerTest, AnEndThatAStaleSaveTookFromTheRowHolds) {
    const Prepared prepared = prepare(ended_before());
    ASSERT_TRUE(prepared.foregone);
    EXPECT_EQ(prepared.foregone->disposition, Disposition::sent);
    EXPECT_EQ(prepared.foregone->outcome.verdict, Verdict::sent);
    EXPECT_EQ(prepared.foregone->outcome.provider_id, "P1");
    EXPECT_TRUE(prepared.foregone->outcome.metadata.contains("sid"));
    EXPECT_EQ(prepared.foregone->ended, TimePoint(std::chrono::seconds{99}));
    const Prepared doubtful = prepare(ended_before(Verdict::in_doubt, true));
    EXPECT_EQ(doubtful.foregone->disposition, Disposition::given_up);
    EXPECT_EQ(doubtful.foregone->outcome.verdict, Verdict::in_doubt);
}

TEST_F(PreparerTest, ARowThatWasResetByWhoeverKnewItsEndIsSentAgain) {
    Waiting waiting = ended_before(Verdict::rejected, true);
    waiting.message.transmission_metadata = R"({"postrider": {"attempt": 7}})";
    EXPECT_FALSE(prepare(std::move(waiting)).foregone);
}

TEST_F(PreparerTest, AMarkerOfAnEarlierEndIsAStaleSaveToo) {
    Waiting waiting = ended_before();
    waiting.message.transmission_metadata = R"({"postrider": {"attempt": 6}})";
    EXPECT_TRUE(prepare(std::move(waiting)).foregone);
}

TEST_F(PreparerTest, ANewMessageUnderAnOldIdIsSent) {
    Waiting later = ended_before();
    later.message.key.send_date = TimePoint(std::chrono::seconds{1});
    EXPECT_FALSE(prepare(std::move(later)).foregone);
    Waiting other = ended_before();
    other.message.text = Text("other words");
    EXPECT_FALSE(prepare(std::move(other)).foregone);
}

TEST_F(PreparerTest, ATextAboveTheTransportsLimitGoesInParts) {
    transport.units_max = 4;
    Waiting waiting = message("abcdefghij");
    const Prepared first = prepare(waiting);
    EXPECT_EQ(first.request.parts, 3);
    EXPECT_EQ(first.request.part, 1);
    std::string all = first.request.text.reveal();
    for (int part = 2; part <= 3; ++part) {
        waiting.message.next_part = part;
        const Prepared next = prepare(waiting);
        EXPECT_EQ(next.request.part, part);
        EXPECT_NE(next.content_hash, first.content_hash);
        all += next.request.text.reveal();
    }
    EXPECT_EQ(all, "abcdefghij");
}

TEST_F(PreparerTest, WhatWasEditedDownToThePartsThatHaveGoneIsSent) {
    Waiting waiting = message("short");
    waiting.message.next_part = 2;
    const Prepared prepared = prepare(std::move(waiting));
    ASSERT_TRUE(prepared.foregone);
    EXPECT_EQ(prepared.foregone->disposition, Disposition::sent);
}

TEST_F(PreparerTest, WhatIsNotSentIsOfNoPart) {
    transport.units_max = 4;
    Waiting waiting = message("abcdefghij", "");
    waiting.message.next_part = 2;
    const Prepared prepared = prepare(std::move(waiting));
    ASSERT_TRUE(prepared.foregone);
    EXPECT_EQ(prepared.request.part, 0);
    EXPECT_EQ(prepared.request.text.reveal(), "abcdefghij");
}

TEST_F(PreparerTest, WhatWasGivenUpHalfSentAndResetGoesOnWhereItStopped) {
    transport.units_max = 4;
    Waiting waiting = ended_before(Verdict::rejected, true);
    waiting.message.text = Text("abcdefghij");
    waiting.message.transmission_metadata = R"({"postrider": {"attempt": 7}})";
    for (int part : {1, 2}) {
        Waiting whole = message("abcdefghij");
        whole.message.next_part = part;
        waiting.message.journaled_end->accepted.push_back(prepare(std::move(whole)).content_hash);
    }
    const Prepared prepared = prepare(waiting);
    EXPECT_FALSE(prepared.foregone);
    EXPECT_EQ(prepared.request.part, 3);
    waiting.message.text = Text("abcdEFGHij");  // it says something else from the second part on
    EXPECT_EQ(prepare(waiting).request.part, 2);
    waiting.message.text = Text("ABCDEFGHij");
    EXPECT_EQ(prepare(waiting).request.part, 1);
}

TEST_F(PreparerTest, AMessageThatWasSentWholeAndResetGoesWhole) {
    transport.units_max = 4;
    Waiting waiting = ended_before(Verdict::sent, false);
    waiting.message.text = Text("abcdefghij");
    waiting.message.transmission_metadata = R"({"postrider": {"attempt": 7}})";
    EXPECT_EQ(prepare(waiting).request.part, 1);
}

TEST_F(PreparerTest, WhatWasCancelledAsAWholeStaysSoWhateverItsParts) {
    Waiting waiting = ended_before(Verdict::rejected, true);
    waiting.message.text = Text("abcdefghij");
    waiting.message.journaled_end->part = 0;
    waiting.message.journaled_end->content_hash = prepare(message("abcdefghij")).content_hash;
    transport.units_max = 4;
    ASSERT_TRUE(prepare(waiting).foregone);
    EXPECT_EQ(prepare(waiting).foregone->disposition, Disposition::given_up);
    waiting.message.text = Text("other words");
    EXPECT_FALSE(prepare(waiting).foregone);
}

TEST_F(PreparerTest, ARequestIsRepeatedUnderItsKeyForAsLongAsTheProviderRecognisesIt) {
    transport.window = std::chrono::minutes{5};
    Waiting waiting = message("hello");
    waiting.message.repeated_key = RepeatedKey{"the-key", now};
    EXPECT_EQ(prepare(waiting).waiting.idempotency_key, "the-key");
    EXPECT_EQ(prepare(waiting).first_sent, now);
    now += std::chrono::minutes{5} - key_margin;
    const Prepared late = prepare(waiting);
    ASSERT_TRUE(late.foregone);
    EXPECT_EQ(late.foregone->outcome.verdict, Verdict::in_doubt);
    EXPECT_EQ(late.foregone->disposition, Disposition::given_up);
    channel.on_doubt = OnDoubt::resend;
    const Prepared resent = prepare(waiting);
    EXPECT_FALSE(resent.foregone);
    EXPECT_EQ(resent.waiting.idempotency_key, "");
}

TEST_F(PreparerTest, EqualTextsToOneDestinationHaveEqualContentHashes) {
    EXPECT_EQ(prepare(message("hello")).content_hash, prepare(message(box.seal("hello"))).content_hash);
    EXPECT_EQ(prepare(message("hello")).content_hash, prepare(message(" hello\n")).content_hash);
    EXPECT_NE(prepare(message("hello")).content_hash, prepare(message("other")).content_hash);
    EXPECT_NE(prepare(message("hello")).content_hash, prepare(message("hello", "+13125550102")).content_hash);
}

TEST_F(PreparerTest, ARequestIsNamedAlikeAtEveryTryAndLikeNoOther) {
    transport.tells = true;
    const auto token = [this](MessageId id, int part = 1, TimePoint send_date = TimePoint()) {
        transport.units_max = part > 1 ? 4 : 1000;
        Waiting waiting = message("one two");
        waiting.message.key = {send_date, id};
        waiting.message.next_part = part;
        return prepare(std::move(waiting)).request.token;
    };
    const std::string name = token(81);
    EXPECT_EQ(name.size(), 32u);
    now += std::chrono::hours{1};
    EXPECT_EQ(token(81), name);
    EXPECT_NE(token(82), name);
    EXPECT_NE(token(81, 2), name);
    EXPECT_NE(token(81, 1, TimePoint(std::chrono::seconds{1})), name) << "an id may come back";
    const Privacy with_other_key(Secret(std::string(32, 'o')), Secret("salt"));
    EXPECT_EQ(with_other_key.token({TimePoint(), 81}, 1), name) << "a new key is no new name";
    const Privacy elsewhere(key, Secret("pepper"));
    EXPECT_NE(elsewhere.token({TimePoint(), 81}, 1), name) << "nobody else can make it";
}

TEST_F(PreparerTest, OnlyWhereATransportTellsOfTheMessageItsMetadataGoesAlong) {
    const auto metadata = [this] {
        Waiting waiting = message("hi");
        waiting.message.transmission_metadata = R"({"a": 1e400})";
        return prepare(std::move(waiting)).request.metadata;
    };
    EXPECT_FALSE(metadata());
    transport.tells = true;
    EXPECT_EQ(metadata(), R"({"a": 1e400})");
}

}  // namespace
}  // namespace postrider
