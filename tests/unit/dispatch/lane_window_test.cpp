#include "lib/dispatch/lane_window.h"

#include "tests/support/waiting_message.h"

#include <gmock/gmock.h>

#include <random>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Pair;

using testing::conversation;
using testing::message;
using testing::noon;

MessageId id_of(const std::optional<Waiting>& waiting) { return waiting ? waiting->message.key.id : 0; }
MessageId id_of(const std::optional<LaneWindow::Overflow>& overflow) {
    return overflow ? overflow->from.id : 0;
}

struct LaneWindowTest : ::testing::Test {
    MessageId take(TimePoint now = noon + 1h) {
        auto taken_now = window.take(now);
        const MessageId id = id_of(taken_now);
        if (taken_now) taken.push_back(std::move(*taken_now));
        return id;
    }
    Waiting last_taken() {
        Waiting last = std::move(taken.back());
        taken.pop_back();
        return last;
    }

    LaneWindow window{{.whole = 4}};
    std::vector<Waiting> taken;
};

TEST_F(LaneWindowTest, GivesConversationsInTheOrderOfTheirMoments) {
    window.offer(message(1, 1, 5));
    window.offer(message(2, 2, 3));
    EXPECT_EQ(window.next_at(), noon + 3s);
    EXPECT_EQ(take(noon + 2s), 0);
    EXPECT_EQ(take(), 2);
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 0);
}

TEST_F(LaneWindowTest, OfAConversationOnlyOneMessageIsOutAtATime) {
    window.offer(message(1, 7, 0));
    window.offer(message(2, 7, 1));
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(window.next_at(), std::nullopt);
    window.done(last_taken());
    EXPECT_EQ(take(), 2);
}

TEST_F(LaneWindowTest, MessagesDueAtTheSameMomentLeaveInTheOrderOfTheirIds) {
    window.offer(message(3, 7));
    window.offer(message(2, 7));
    EXPECT_EQ(take(), 2);
}

TEST_F(LaneWindowTest, AMessageThatWaitsLongerHoldsBackTheLaterOnesOfItsConversation) {
    Waiting first = message(1, 7, 0);
    first.not_before = noon + 60s;
    window.offer(std::move(first));
    window.offer(message(2, 7, 1));
    window.offer(message(3, 8, 2));
    EXPECT_EQ(take(noon + 59s), 3);
    EXPECT_EQ(take(noon + 59s), 0);
    EXPECT_EQ(take(noon + 60s), 1);
}

TEST_F(LaneWindowTest, AnEarlierMessageThatComesLateGoesFirst) {
    window.offer(message(2, 7, 5));
    window.offer(message(1, 7, 0));
    EXPECT_EQ(window.next_at(), noon);
    EXPECT_EQ(take(), 1);
}

TEST_F(LaneWindowTest, WhatIsPutBackWaitsAgainAndKeepsItsPlace) {
    window.offer(message(1, 7, 0));
    window.offer(message(2, 7, 1));
    take();
    Waiting again = last_taken();
    again.not_before = noon + 30s;
    again.idempotency_key = "key";
    window.put_back(std::move(again));
    EXPECT_EQ(take(noon + 29s), 0);
    EXPECT_EQ(take(noon + 30s), 1);
    EXPECT_EQ(taken.back().idempotency_key, "key");
}

TEST_F(LaneWindowTest, ANewerVersionTakesThePlaceOfTheOlder) {
    window.offer(message(1, 7, 0, "1"));
    window.offer(message(1, 8, 9, "2"));
    EXPECT_EQ(window.size(), 1u);
    EXPECT_EQ(take(noon + 8s), 0);
    EXPECT_EQ(take(noon + 9s), 1);
    EXPECT_EQ(taken.back().conversation, conversation(8));
}

TEST_F(LaneWindowTest, ANewerVersionIsStillTheOneThatMayHaveBeenClaimed) {
    Waiting asked = message(1, 7, 0, "1");
    asked.idempotency_key = "key";
    asked.asked = true;
    window.offer(std::move(asked));
    window.offer(message(1, 7, 0, "2"));
    take();
    EXPECT_EQ(taken.back().idempotency_key, "key");
    EXPECT_TRUE(taken.back().asked);
}

TEST_F(LaneWindowTest, TheSameVersionChangesNothing) {
    Waiting first = message(1);
    first.not_before = noon + 60s;
    window.offer(std::move(first));
    window.offer(message(1));
    EXPECT_EQ(window.next_at(), noon + 60s);
}

TEST_F(LaneWindowTest, ARowThatIsDeclaredCompleteOrHasMoreMediaIsANewerOne) {
    Waiting settling = message(1);
    settling.not_before = noon + 2s;
    window.offer(settling);
    Waiting ready = message(1);
    ready.message.ready = true;
    EXPECT_FALSE(window.holds(ready.message));
    window.offer(ready);
    EXPECT_EQ(window.next_at(), noon);
    Waiting with_media = ready;
    with_media.message.media_count = 1;
    EXPECT_FALSE(window.holds(with_media.message));
    window.offer(with_media);
    take();
    EXPECT_EQ(taken.back().message.media_count, 1);
}

TEST_F(LaneWindowTest, ANewerVersionOfATakenMessageIsLeftToTheClaim) {
    window.offer(message(1, 7, 0, "1"));
    take();
    EXPECT_TRUE(window.holds(message(1, 7, 0, "2").message));
    window.offer(message(1, 7, 0, "2"));
    EXPECT_EQ(window.size(), 1u);
    EXPECT_EQ(window.taken().size(), 1u);
}

TEST_F(LaneWindowTest, HoldsAVersionThatWaitsAndNoOther) {
    window.offer(message(1, 7, 0, "1"));
    EXPECT_TRUE(window.holds(message(1, 7, 0, "1").message));
    EXPECT_FALSE(window.holds(message(1, 7, 0, "2").message));
    EXPECT_FALSE(window.holds(message(2, 7, 0, "1").message));
}

TEST_F(LaneWindowTest, HasInHandWhatIsTakenOrMayHaveBeenClaimed) {
    window.offer(message(1));
    EXPECT_THAT(window.in_hand(), IsEmpty());
    take();
    EXPECT_THAT(window.in_hand(), ElementsAre(1));
    Waiting again = last_taken();
    again.asked = true;
    window.put_back(std::move(again));
    EXPECT_THAT(window.in_hand(), ElementsAre(1));
}

TEST_F(LaneWindowTest, WhatIsTakenOnlyToBeLookedAtIsNotInHand) {
    Waiting open = message(1);
    open.message.attempt_open = true;
    window.offer(std::move(open));
    take();
    EXPECT_THAT(window.in_hand(), IsEmpty());
}

TEST_F(LaneWindowTest, AnAttemptThatClosesMakesTheMessageAnotherVersion) {
    Waiting open = message(1);
    open.message.attempt_open = true;
    window.offer(open);
    EXPECT_TRUE(window.holds(open.message));
    open.message.attempt_open = false;
    EXPECT_FALSE(window.holds(open.message));
    open.message.attempt_open = true;
    open.message.last_attempt = 5;
    EXPECT_FALSE(window.holds(open.message));
}

TEST_F(LaneWindowTest, WhenFullTheLatestOfAllGivesWay) {
    for (MessageId id = 1; id <= 4; ++id)
        EXPECT_EQ(id_of(window.offer(message(id, 1, static_cast<int>(id)))), 0);
    EXPECT_TRUE(window.full());
    EXPECT_EQ(id_of(window.offer(message(9, 2, 0))), 4);
    EXPECT_EQ(id_of(window.offer(message(8, 2, 99))), 8) << "the latest may be the new one";
    EXPECT_EQ(window.size(), 4u);
}

TEST_F(LaneWindowTest, WhatIsTakenNeverGivesWay) {
    LaneWindow one{{.whole = 1}};
    one.offer(message(5, 1, 50));
    const auto out = one.take(noon + 1h);
    EXPECT_EQ(id_of(one.offer(message(1, 2, 0))), 1);
    EXPECT_EQ(one.taken().size(), 1u);
    one.done(*out);
    EXPECT_EQ(id_of(one.offer(message(1, 2, 0))), 0);
}

TEST_F(LaneWindowTest, DropsWhatIsUnwantedButNotWhatIsTaken) {
    window.offer(message(1, 1));
    window.offer(message(2, 1, 1));
    window.offer(message(3, 2, 2));
    take();
    const auto dropped = window.drop_if([](MessageKey, int shard) { return shard == 1; });
    ASSERT_EQ(dropped.size(), 1u);
    EXPECT_EQ(dropped[0].message.key.id, 2);
    EXPECT_EQ(window.size(), 2u);
    window.done(last_taken());
    EXPECT_EQ(take(), 3);
    EXPECT_EQ(take(), 0);
}

TEST_F(LaneWindowTest, DropsOneMessageByItsId) {
    window.offer(message(1, 1));
    window.offer(message(2, 1, 1));
    EXPECT_EQ(id_of(window.drop(1)), 1);
    EXPECT_EQ(window.drop(1), std::nullopt);
    EXPECT_EQ(take(), 2);
    EXPECT_EQ(window.drop(2), std::nullopt) << "it is taken";
}

TEST_F(LaneWindowTest, KnowsTheShardsOfWhatIsTaken) {
    window.offer(message(1, 9));
    take();
    EXPECT_THAT(window.taken(), ElementsAre(Pair(MessageKey{noon, 1}, Field(&LaneWindow::Taken::shard, 9))));
}

/// The same promises, kept by going through all of them each time.
struct NaiveWindow {
    std::optional<MessageId> offer(const Waiting& offered) {
        for (const Waiting& each : out) {
            if (each.message.key.id == offered.message.key.id) return std::nullopt;
        }
        std::erase_if(in, [&](const Waiting& each) { return each.message.key.id == offered.message.key.id; });
        in.push_back(offered);
        if (in.size() + out.size() <= max) return std::nullopt;
        const auto last = std::max_element(in.begin(), in.end(), earlier);
        const MessageId id = last->message.key.id;
        in.erase(last);
        return id;
    }

    std::optional<Waiting> take(TimePoint now) {
        const Waiting* best = nullptr;
        for (const Waiting& each : in) {
            if (!is_head(each) || each.not_before > now) continue;
            if (!best ||
                std::pair(each.not_before, each.message.key) < std::pair(best->not_before, best->message.key))
                best = &each;
        }
        if (!best) return std::nullopt;
        Waiting taken = *best;
        std::erase_if(in, [&](const Waiting& each) { return each.message.key.id == taken.message.key.id; });
        out.push_back(taken);
        return taken;
    }

    bool is_head(const Waiting& waiting) const {
        for (const Waiting& each : out) {
            if (each.conversation == waiting.conversation) return false;
        }
        for (const Waiting& each : in) {
            if (each.conversation == waiting.conversation && earlier(each, waiting)) return false;
        }
        return true;
    }

    void done(MessageId id) {
        std::erase_if(out, [id](const Waiting& each) { return each.message.key.id == id; });
    }

    static bool earlier(const Waiting& one, const Waiting& other) {
        return one.message.key < other.message.key;
    }

    std::size_t max;
    std::vector<Waiting> in;
    std::vector<Waiting> out;
};

TEST(LaneWindowAtRandom, DoesAsANaiveOneDoes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&random](int count) {
        return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    LaneWindow window({.whole = 8});
    NaiveWindow naive{8, {}, {}};
    std::vector<Waiting> out;
    int version = 0;
    TimePoint now = noon;
    for (int step = 0; step < 5000; ++step) {
        now += std::chrono::seconds{pick(3)};
        const int action = pick(10);
        if (action < 4) {
            Waiting offered = message(1 + pick(12), pick(4), pick(20), std::to_string(++version));
            offered.not_before = now + std::chrono::seconds{pick(3) * 5 - 5};
            ASSERT_EQ(id_of(window.offer(offered)), naive.offer(offered).value_or(0)) << step;
        } else if (action < 7) {
            auto taken = window.take(now);
            ASSERT_EQ(id_of(taken), id_of(naive.take(now))) << step;
            if (taken) out.push_back(std::move(*taken));
        } else if (action < 9 && !out.empty()) {
            const auto it = out.begin() + pick(static_cast<int>(out.size()));
            Waiting ended = std::move(*it);
            out.erase(it);
            naive.done(ended.message.key.id);
            if (action == 7) {
                window.done(ended);
            } else {
                ended.not_before = now + 3s;
                naive.in.push_back(ended);
                window.put_back(std::move(ended));
            }
        } else if (action == 9 && pick(10) == 0) {
            const int shard = pick(4);
            window.drop_if([shard](MessageKey, int of) { return of == shard; });
            std::erase_if(naive.in, [shard](const Waiting& waiting) { return waiting.shard == shard; });
        }
        ASSERT_EQ(window.size(), naive.in.size() + naive.out.size()) << step;
        ASSERT_EQ(window.taken().size(), naive.out.size()) << step;
    }
}

}  // namespace
}  // namespace postrider
