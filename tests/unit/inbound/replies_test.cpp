#include "lib/inbound/replies.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(Replies, AreFoundByTheirKeywordHoweverItIsWritten) {
    const Replies replies({{"Help", "Call 555"}, {"info", "Clinic"}});
    EXPECT_EQ(replies.to("HELP"), "Call 555");
    EXPECT_EQ(replies.to(" help! \n"), "Call 555");
    EXPECT_EQ(replies.to("Info?"), "Clinic");
    EXPECT_EQ(replies.to("help me"), std::nullopt);
    EXPECT_EQ(replies.to(""), std::nullopt);
}

TEST(Replies, ForAllElseIsTheOneUnderAStarUnlessOnlyNamedOnesAreAsked) {
    const Replies replies({{"help", "Call 555"}, {"*", "Nobody reads this"}});
    EXPECT_EQ(replies.to("hello"), "Nobody reads this");
    EXPECT_EQ(replies.to("*"), "Nobody reads this");
    EXPECT_EQ(replies.to("hello", true), std::nullopt);
    EXPECT_EQ(replies.to("help", true), "Call 555");
}

}  // namespace
}  // namespace postrider
