#include "lib/dispatch/follow_up.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

const Backoff backoff{.first = 10s, .max = 100s};

FollowUp after(Outcome outcome, int failed_before = 0, OnDoubt on_doubt = OnDoubt::fail) {
    Channel channel;
    channel.on_doubt = on_doubt;
    return follow_up(outcome, channel, {.failed_before = failed_before}, backoff, 0.5);
}

FollowUp after(Verdict verdict, int failed_before = 0, OnDoubt on_doubt = OnDoubt::fail) {
    return after(Outcome::failed(verdict, "because"), failed_before, on_doubt);
}

TEST(FollowUp, EachVerdictMeansOneThingForTheMessage) {
    struct Row {
        Verdict verdict;
        OnDoubt on_doubt;
        Disposition disposition;
        int failed_attempts;
        std::chrono::milliseconds retry_in;
    };
    const Row table[] = {
        {Verdict::sent, OnDoubt::fail, Disposition::sent, 2, 0s},
        {Verdict::rejected, OnDoubt::fail, Disposition::given_up, 2, 0s},
        {Verdict::deferred, OnDoubt::fail, Disposition::waiting, 3, 20s},
        {Verdict::throttled, OnDoubt::fail, Disposition::waiting, 2, 0s},
        {Verdict::misconfigured, OnDoubt::fail, Disposition::waiting, 2, 0s},
        {Verdict::in_doubt, OnDoubt::fail, Disposition::given_up, 2, 0s},
        {Verdict::in_doubt, OnDoubt::resend, Disposition::waiting, 3, 20s},
    };
    for (const Row& row : table) {
        const FollowUp next = after(row.verdict, 2, row.on_doubt);
        EXPECT_EQ(next.disposition, row.disposition) << to_string(row.verdict);
        EXPECT_EQ(next.failed_attempts, row.failed_attempts) << to_string(row.verdict);
        EXPECT_EQ(next.retry_in, row.retry_in) << to_string(row.verdict);
    }
}

TEST(FollowUp, ADoubtThatTheProvidersRecordsCanSettleStaysOpen) {
    const FollowUp next = follow_up(Outcome::failed(Verdict::in_doubt, "because"), Channel{},
                                    {.remedy = Remedy::ask_provider}, backoff, 0.5);
    EXPECT_EQ(next.disposition, Disposition::in_doubt);
}

TEST(FollowUp, ADoubtThatTheProvidersKeySettlesIsRepeatedUnderTheSameKey) {
    const FollowUp next = follow_up(Outcome::failed(Verdict::in_doubt, "because"), Channel{},
                                    {.failed_before = 1, .remedy = Remedy::repeat_key}, backoff, 0.5);
    EXPECT_EQ(next.disposition, Disposition::waiting);
    EXPECT_TRUE(next.repeats_key);
    EXPECT_EQ(next.failed_attempts, 2);
    EXPECT_FALSE(after(Verdict::deferred).repeats_key);
}

TEST(FollowUp, AfterADoubtTheKeyIsRepeatedWhateverTheNextTryCameTo) {
    for (Verdict verdict : {Verdict::deferred, Verdict::throttled, Verdict::misconfigured}) {
        const FollowUp next =
            follow_up(Outcome::failed(verdict, "because"), Channel{}, {.repeated_key = true}, backoff, 0.5);
        EXPECT_EQ(next.disposition, Disposition::waiting) << to_string(verdict);
        EXPECT_TRUE(next.repeats_key) << to_string(verdict);
    }
    const FollowUp refused = follow_up(Outcome::failed(Verdict::rejected, "no such number"), Channel{},
                                       {.repeated_key = true}, backoff, 0.5);
    EXPECT_EQ(refused.disposition, Disposition::given_up);
    EXPECT_THAT(refused.error, AllOf(HasSubstr("in doubt"), HasSubstr("no such number")));
}

TEST(FollowUp, AnAcceptedPartThatIsNotTheLastGoesOnAtOnceWithNewTries) {
    const FollowUp next =
        follow_up(Outcome::sent("P1", {}), Channel{}, {.failed_before = 3, .last_part = false}, backoff, 0.5);
    EXPECT_EQ(next.disposition, Disposition::next_part);
    EXPECT_EQ(next.failed_attempts, 0);
    EXPECT_EQ(next.retry_in, 0s);
}

TEST(FollowUp, ATryThatWouldComeTooLateIsNone) {
    Channel channel;
    channel.expire_after = 1h;
    TimeFacts facts;
    const TimePoint send_date{};
    facts.send_date = send_date;
    const auto in = [&](std::chrono::seconds since, Verdict verdict) {
        return follow_up_in_time(Outcome::failed(verdict, "busy"), channel, {}, backoff, 0.5, facts,
                                 send_date + since);
    };
    EXPECT_EQ(in(0s, Verdict::deferred).disposition, Disposition::waiting);
    const FollowUp late = in(1h - 1s, Verdict::deferred);
    EXPECT_EQ(late.disposition, Disposition::given_up);
    EXPECT_THAT(late.error, AllOf(HasSubstr("expired"), HasSubstr("busy")));
    EXPECT_EQ(in(1h, Verdict::throttled).disposition, Disposition::waiting) << "it costs no attempt";
    facts.retried = send_date + 1h;
    EXPECT_EQ(in(1h, Verdict::deferred).disposition, Disposition::waiting) << "an operator asked for it";
}

TEST(FollowUp, AMessageGivenUpSaysWhy) {
    EXPECT_EQ(after(Verdict::rejected).error, "because");
    EXPECT_THAT(after(Verdict::in_doubt).error, HasSubstr("in doubt"));
    EXPECT_THAT(after(Verdict::in_doubt).error, HasSubstr("because"));
}

TEST(FollowUp, TheProvidersOwnWaitIsHonouredWhenItIsLonger) {
    Outcome outcome = Outcome::failed(Verdict::deferred, "busy");
    outcome.retry_after = 60s;
    EXPECT_EQ(after(outcome).retry_in, 60s);
    outcome.retry_after = 1s;
    EXPECT_EQ(after(outcome).retry_in, 5s);
}

TEST(FollowUp, WhatFailsBecauseTheChannelDoesCostsNoTryAndWaitsLikeTheTryBefore) {
    Attempted attempted;
    attempted.failed_before = 1;
    attempted.channel_fails = true;
    const FollowUp next =
        follow_up(Outcome::failed(Verdict::deferred, "down"), Channel{}, attempted, backoff, 1);
    EXPECT_EQ(next.disposition, Disposition::waiting);
    EXPECT_EQ(next.failed_attempts, 1);
    EXPECT_EQ(next.retry_in, 10s);
}

}  // namespace
}  // namespace postrider
