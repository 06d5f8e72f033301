#include "lib/health/status_messages.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;

constexpr StatusMessage fine{"test.fine", Health::ok, "{} of {}"};
constexpr StatusMessage slow{"test.slow", Health::warning, "slow"};
constexpr StatusMessage gone{"test.gone", Health::critical, "gone since {:.1f} s"};

TEST(StatusMessages, ACheckSaysThemInTheirOrderAndKeepsTheirIds) {
    Check check{.name = "a"};
    say<fine>(check, 1, "two");
    say<slow>(check);
    EXPECT_EQ(check.text, "1 of two; slow");
    EXPECT_THAT(check.messages, ElementsAre("test.fine", "test.slow"));
}

TEST(StatusMessages, ACheckIsAsBadAsTheWorstThatItSays) {
    Check check;
    say<fine>(check, 1, 1);
    EXPECT_EQ(check.health, Health::ok);
    say<gone>(check, 2.25);
    EXPECT_EQ(check.health, Health::critical);
    say<slow>(check);
    EXPECT_EQ(check.health, Health::critical);
}

}  // namespace
}  // namespace postrider
