// Texts that stand for a medium, from their rows to the transport.
#include "tests/support/preparer_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

struct MediumTextTest : testing::PreparerTest {
    MediumTextTest() { transport.medium_mark = "picture:"; }
};

TEST_F(MediumTextTest, GoInOneRequestHoweverLongTheyAre) {
    transport.units_max = 20;
    const std::string text = "picture:https://x.example/a-long-name.png";
    const Prepared prepared = prepare(message(text));
    EXPECT_EQ(prepared.request.parts, 1);
    EXPECT_EQ(prepared.request.text.reveal(), text);
    EXPECT_TRUE(prepared.request.text_is_medium);
}

TEST_F(MediumTextTest, AreKnownWhereTheyWereEncryptedOrATemplate) {
    EXPECT_TRUE(prepare(message(box.seal("picture:x"))).request.text_is_medium);
    Waiting waiting = message("{{ what }}:x");
    waiting.message.transmission_metadata = R"({"what": "picture"})";
    EXPECT_TRUE(prepare(std::move(waiting)).request.text_is_medium);
    EXPECT_FALSE(prepare(message("a picture:x")).request.text_is_medium);
}

TEST_F(MediumTextTest, AreNoPartOfALongerText) {
    transport.units_max = 30;
    Waiting waiting = message("The first part of this text.\n\npicture:x and its last words.");
    waiting.message.next_part = 2;
    const Prepared second = prepare(std::move(waiting));
    ASSERT_TRUE(second.request.text.reveal().starts_with("picture:x")) << second.request.text.reveal();
    EXPECT_FALSE(second.request.text_is_medium);
}

TEST_F(MediumTextTest, GoAsTheyAreAndCountAsOne) {
    channel.typography = Typography::replace;
    channel.rate_counts = RateCounts::segments;
    const std::string text = "picture:“" + std::string(400, 'a') + "”";
    const Prepared prepared = prepare(message(text));
    EXPECT_EQ(prepared.request.text.reveal(), text);
    EXPECT_EQ(prepared.cost, 1);
    EXPECT_EQ(prepared.row.segments, 0u);
}

TEST_F(MediumTextTest, AreFoundInTheProvidersRecordsWhichHaveNoText) {
    const Prepared prepared = prepare(message("picture:x"));
    EXPECT_EQ(prepared.content_hash, privacy.content(Address("+13125550101"), Text()));
}

TEST_F(MediumTextTest, AnEndOfTheirsHoldsAfterASaveOfAnOldCopy) {
    Waiting waiting = ended_before();
    waiting.message.text = Text("picture:x");
    waiting.message.journaled_end->content_hash = prepare(message("picture:x")).content_hash;
    EXPECT_TRUE(prepare(waiting).foregone);
    waiting.message.journaled_end->content_hash =  // as a cancellation has it, which knows no transport
        privacy.content(Address("+13125550101"), Text("picture:x"));
    EXPECT_TRUE(prepare(waiting).foregone);
    waiting.message.text = Text("words");
    EXPECT_FALSE(prepare(waiting).foregone);
}

}  // namespace
}  // namespace postrider
