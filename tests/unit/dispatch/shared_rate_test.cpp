#include "lib/dispatch/shared_rate.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

const TimePoint noon{std::chrono::seconds{1893499200}};
const char sms = 's';
const char mail = 'm';

/// Goes as soon as it may; when that was.
TimePoint go(SharedRate& rate, const void* who, TimePoint now) {
    const TimePoint at = rate.next_at(who, now);
    rate.spend(who, at);
    return at;
}

TEST(SharedRate, IsHeldByAllTogether) {
    SharedRate rate;
    rate.set_rate(1);
    int count = 0;
    TimePoint now = noon;
    while (now < noon + 1h) {
        const void* who = count % 3 == 0 ? &sms : &mail;
        now = go(rate, who, now);
        if (now < noon + 1h) ++count;
    }
    EXPECT_GE(count, 3600);
    EXPECT_LE(count, 3601) << "one may have been a little early";
}

TEST(SharedRate, WhoeverHasToWaitTakesTurnsWithTheOthers) {
    SharedRate rate;
    rate.set_rate(1);
    EXPECT_EQ(go(rate, &sms, noon), noon);
    const TimePoint of_sms = rate.next_at(&sms, noon);
    const TimePoint of_mail = rate.next_at(&mail, noon);
    EXPECT_LT(of_sms, of_mail);
    EXPECT_EQ(rate.next_at(&sms, noon + 100ms), of_sms) << "it is his";
    rate.spend(&sms, of_sms);
    EXPECT_GT(rate.next_at(&sms, of_sms), of_mail) << "however often one asks, the other is not starved";
    EXPECT_EQ(rate.next_at(&mail, of_sms), of_mail);
}

TEST(SharedRate, WhatCostsMoreDelaysWhatFollows) {
    SharedRate rate;
    rate.set_rate(1);
    go(rate, &sms, noon);
    rate.correct(noon, 2);
    EXPECT_GT(rate.next_at(&mail, noon), noon + 2900ms);
}

TEST(SharedRate, WhatDidNotGoCostsNothing) {
    SharedRate rate;
    rate.set_rate(1);
    go(rate, &sms, noon);
    rate.correct(noon, -1);
    EXPECT_EQ(rate.next_at(&mail, noon), noon);
}

TEST(SharedRate, WithoutALimitNobodyWaits) {
    SharedRate rate;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(go(rate, &sms, noon), noon);
}

}  // namespace
}  // namespace postrider
