#include "lib/schedule/due_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using Queue = DueQueue<std::string, int>;

const TimePoint noon{std::chrono::seconds{1893499200}};

std::string take(Queue& queue, TimePoint now) {
    const auto entry = queue.take(now);
    return entry ? entry->key : "";
}

TEST(DueQueue, GivesTheEarliestFirst) {
    Queue queue;
    queue.put("late", noon + 2s, 0);
    queue.put("early", noon + 1s, 0);
    EXPECT_EQ(queue.next_at(), noon + 1s);
    EXPECT_EQ(take(queue, noon + 9s), "early");
    EXPECT_EQ(take(queue, noon + 9s), "late");
    EXPECT_TRUE(queue.empty());
}

TEST(DueQueue, GivesNothingBeforeItsMomentAndSomethingAtIt) {
    Queue queue;
    queue.put("a", noon, 0);
    EXPECT_EQ(take(queue, noon - 1us), "");
    EXPECT_EQ(take(queue, noon), "a");
}

TEST(DueQueue, OrdersEqualMomentsByRankThenByKey) {
    Queue queue;
    queue.put("c", noon, 1);
    queue.put("b", noon, 2);
    queue.put("a", noon, 2);
    EXPECT_EQ(take(queue, noon), "c");
    EXPECT_EQ(take(queue, noon), "a");
    EXPECT_EQ(take(queue, noon), "b");
}

TEST(DueQueue, HoldsAKeyOnceAndMovesIt) {
    Queue queue;
    queue.put("a", noon, 0);
    queue.put("a", noon + 5s, 3);
    EXPECT_EQ(queue.size(), 1u);
    EXPECT_EQ(queue.next_at(), noon + 5s);
    queue.put("a", noon - 5s, 3);
    EXPECT_EQ(take(queue, noon), "a");
    EXPECT_FALSE(queue.contains("a"));
}

TEST(DueQueue, ForgetsWhatIsTakenOut) {
    Queue queue;
    queue.put("a", noon, 0);
    queue.erase("a");
    queue.erase("never there");
    EXPECT_EQ(queue.next_at(), std::nullopt);
    EXPECT_EQ(take(queue, TimePoint::max()), "");
}

TEST(DueQueue, KeepsTheSmallestMomentThereIs) {
    Queue queue;
    queue.put("infinitely long ago", TimePoint::min(), 0);
    EXPECT_EQ(take(queue, noon), "infinitely long ago");
}

}  // namespace
}  // namespace postrider
