#include "lib/dispatch/waiting_ages.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TimePoint noon{std::chrono::seconds{1893499200}};

TEST(WaitingAgesTest, EachSpanBeginsWhereTheOneBeforeItEnds) {
    WaitingAges ages;
    for (const auto& [due_for, count] :
         std::initializer_list<std::pair<std::chrono::microseconds, int>>{{-1us, 1},
                                                                          {0us, 2},
                                                                          {1min - 1us, 2},
                                                                          {1min, 3},
                                                                          {5min - 1us, 3},
                                                                          {5min, 4},
                                                                          {1h - 1us, 4},
                                                                          {1h, 5},
                                                                          {24h - 1us, 5},
                                                                          {24h, 6}}) {
        for (int i = 0; i < count; ++i) ages.add("sms", noon - due_for, noon);
    }
    EXPECT_THAT(ages.counts().at("sms"), ElementsAre(1, 4, 6, 8, 10, 6));
}

TEST(WaitingAgesTest, InfinitiesAreTheFutureAndTheOldest) {
    WaitingAges ages;
    ages.add("sms", TimePoint::max(), noon);
    ages.add("sms", TimePoint::min(), noon);
    EXPECT_THAT(ages.counts().at("sms"), ElementsAre(1, 0, 0, 0, 0, 1));
}

TEST(WaitingAgesTest, WhereNothingWaitsNothingIsSaid) { EXPECT_THAT(WaitingAges().counts(), IsEmpty()); }

}  // namespace
}  // namespace postrider
