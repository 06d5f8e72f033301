#include "lib/dispatch/reading_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using Kind = ReadingPlan::Kind;

const TimePoint noon{std::chrono::seconds{1893499200}};

struct ReadingPlanTest : ::testing::Test {
    ReadingPlanTest() { plan.set_doorbell(true); }

    ReadingPlan::Page next() { return plan.next(now, refill_from).value_or(ReadingPlan::Page{}); }
    bool idle() { return !plan.next(now, refill_from); }
    /// Reads the next page, which takes `span`; up to `last`, or to the end.
    Kind read(std::optional<MessageKey> last = {}, std::chrono::microseconds span = 0us) {
        const auto page = next();
        const TimePoint began = now;
        now += span;
        plan.done(page, last, began, now);
        return page.kind;
    }
    /// What is read at the start.
    void start() {
        EXPECT_EQ(read(), Kind::near);
        EXPECT_EQ(read(), Kind::all);
        EXPECT_TRUE(idle());
    }
    static MessageKey key(MessageId id) { return {noon, id}; }

    TimePoint now = noon;
    std::optional<MessageKey> refill_from;
    ReadingPlan plan{IntakeTimes{}};
};

TEST_F(ReadingPlanTest, ReadsAllAtTheStartAndAgainAndAgain) {
    start();
    EXPECT_EQ(plan.next_at(), noon + 5s);
    now += 5s;
    start();
}

TEST_F(ReadingPlanTest, TheReadingOfAllBeginsBeforeEverything) {
    read();
    const auto page = next();
    EXPECT_TRUE(page.first);
    EXPECT_EQ(page.after, first_key);
    EXPECT_LT(page.after, (MessageKey{TimePoint::min(), 1}));
}

TEST_F(ReadingPlanTest, WhatIsNearBeginsALittleBeforeNow) { EXPECT_EQ(next().after.send_date, noon - 10s); }

TEST_F(ReadingPlanTest, OrBeforeItsLastReadingHoweverLongAgoThatWas) {
    start();
    now += 1min;
    EXPECT_EQ(next().after.send_date, noon - 10s);
}

TEST_F(ReadingPlanTest, ARingComesBeforeAllElseAndFromWhereItRang) {
    plan.ring(noon - 1h);
    const auto page = next();
    EXPECT_EQ(page.kind, Kind::rung);
    EXPECT_LT(page.after, (MessageKey{noon - 1h, 1}));
    EXPECT_GT(page.after, (MessageKey{noon - 1h - 1us, 1}));
    plan.done(page, {}, now, now);
    start();
}

TEST_F(ReadingPlanTest, SeveralRingsAreOneFromTheEarliest) {
    plan.ring(noon);
    plan.ring(noon - 2h);
    plan.ring(noon - 1h);
    const auto page = next();
    EXPECT_EQ(page.after, start_of(noon - 2h));
    plan.done(page, {}, now, now);
    start();
}

TEST_F(ReadingPlanTest, ARingWhileAPageIsReadIsHeard) {
    plan.ring(noon);
    const auto page = next();
    plan.ring(noon + 1s);
    plan.done(page, {}, now, now);
    EXPECT_EQ(next().after, start_of(noon + 1s));
}

TEST_F(ReadingPlanTest, ALongRungReadingGoesOnAndBeginsAnewOnlyWhereItMust) {
    plan.ring(noon - 1h);
    EXPECT_EQ(read(MessageKey{noon, 7}), Kind::rung);
    plan.ring(noon + 1s);
    EXPECT_EQ(next().after, (MessageKey{noon, 7}));
    plan.ring(noon - 1min);
    EXPECT_EQ(next().after, start_of(noon - 1min));
}

TEST_F(ReadingPlanTest, WhatOneReadingHasBegunGoesOnFromItsLastRow) {
    read();
    EXPECT_EQ(read(key(9)), Kind::all);
    const auto page = next();
    EXPECT_EQ(page.kind, Kind::all);
    EXPECT_EQ(page.after, key(9));
    EXPECT_FALSE(page.first);
}

TEST_F(ReadingPlanTest, ALaneWithRoomIsRefilledFromWhatItLacks) {
    start();
    refill_from = key(5);
    const auto page = next();
    EXPECT_EQ(page.kind, Kind::refill);
    EXPECT_EQ(page.after, key(4));
}

TEST_F(ReadingPlanTest, OfEightPagesOneIsNotUrgentAndOfEightOfTheseOneIsOfTheReadingOfAll) {
    start();
    now += 5s;
    std::map<Kind, int> pages;
    refill_from = key(500);
    for (int i = 0; i < 640; ++i) {
        plan.ring(now);
        const auto page = next();
        ++pages[page.kind];
        plan.done(page, page.kind == Kind::all ? std::optional(key(i)) : std::nullopt, now, now);
    }
    EXPECT_EQ(pages[Kind::rung], 560);
    EXPECT_EQ(pages[Kind::refill], 70);
    EXPECT_EQ(pages[Kind::all], 10);
}

TEST_F(ReadingPlanTest, TheReadingOfAllServesALaneWhereItComesToWhatItLacks) {
    refill_from = next_key(first_key);
    read();
    EXPECT_EQ(read(key(9)), Kind::all);
    refill_from = key(10);
    EXPECT_EQ(read(key(19)), Kind::all);
    refill_from = key(10);
    EXPECT_EQ(read(), Kind::refill);
}

TEST_F(ReadingPlanTest, AReadingOfAllThatTakesLongRestsAccordingly) {
    read();
    read(key(9), 3s);
    read(std::nullopt, 1s);
    EXPECT_TRUE(idle());
    now += 19 * 4s - 1us;
    EXPECT_EQ(read(), Kind::near);
    EXPECT_TRUE(idle());
    now += 1us;
    EXPECT_EQ(read(), Kind::all);
}

TEST_F(ReadingPlanTest, ButForFiveMinutesAtMost) {
    read();
    read(std::nullopt, 1h);
    read();
    now += 5min - 1us;
    read();
    EXPECT_TRUE(idle());
    now += 1us;
    EXPECT_EQ(read(), Kind::all);
}

TEST_F(ReadingPlanTest, WhatIsNearRestsTooForLessLong) {
    read(std::nullopt, 2s);
    read();
    EXPECT_TRUE(idle());
    EXPECT_EQ(plan.next_at(), noon + 7s) << "all was little: its turn comes first";
    now += 8s - 1us;
    EXPECT_EQ(read(), Kind::all);
    EXPECT_TRUE(idle());
    now += 1us;
    EXPECT_EQ(read(std::nullopt, 1h), Kind::near);
    EXPECT_EQ(read(), Kind::all);
    now += 20s - 1us;
    EXPECT_EQ(read(), Kind::all);
    EXPECT_TRUE(idle());
    now += 1us;
    EXPECT_EQ(read(), Kind::near);
}

TEST_F(ReadingPlanTest, WithoutADoorbellAllIsReadEverySecond) {
    plan.set_doorbell(false);
    EXPECT_EQ(read(), Kind::all);
    EXPECT_TRUE(idle());
    EXPECT_EQ(plan.next_at(), noon + 1s);
    now += 1s;
    EXPECT_EQ(read(std::nullopt, 10s), Kind::all);
    EXPECT_EQ(plan.next_at(), now + 20s) << "unless it takes long";
}

TEST_F(ReadingPlanTest, StartingOverReadsAllFromTheStartWhateverWasUnderWay) {
    start();
    now += 5s;
    read(key(1));
    const auto page = next();
    plan.start_over();
    EXPECT_FALSE(plan.valid(page));
    plan.done(page, key(2), now, now);
    EXPECT_EQ(next().after.send_date, now - 10s);
    read();
    EXPECT_TRUE(next().first);
}

}  // namespace
}  // namespace postrider
