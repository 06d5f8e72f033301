#include "lib/config/read_config.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const FakeKind loopback("loopback");
const FakeKind twilio("twilio");
const TransportKinds kinds{&twilio, &loopback};

/// `channels` is the list's lines, which begin in line 3.
ConfigResult read(const std::string& channels) {
    return read_config("database: { url: x }\nchannels:\n" + channels, kinds,
                       environment_of({{"TOKEN", "hunter2"}}));
}

std::vector<std::string> problems(const std::string& channels) {
    const auto result = read(channels);
    return result ? std::vector<std::string>{} : lines_of(result.error());
}

TEST(ReadChannels, WhatAChannelLeavesOutHasItsDefault) {
    const auto result = read("  - { name: test, transport: loopback }\n");
    ASSERT_TRUE(result);
    ASSERT_THAT(result->config.channels, SizeIs(1));
    const Channel& channel = result->config.channels[0].channel;
    EXPECT_EQ(channel.name, "test");
    EXPECT_EQ(channel.transport, "loopback");
    EXPECT_FALSE(channel.is_default);
    EXPECT_EQ(channel.rate, std::nullopt);
    EXPECT_EQ(channel.concurrency, 8u);
    EXPECT_EQ(channel.max_attempts, 0u);
    EXPECT_EQ(channel.expire_after, 72h) << "the kind's own";
    EXPECT_EQ(channel.on_doubt, OnDoubt::fail);
    EXPECT_EQ(channel.reconcile_after, 60s);
    EXPECT_EQ(channel.ordering, Ordering::conversation);
    EXPECT_EQ(channel.order_hold, 10min);
    EXPECT_TRUE(result->config.channels[0].makers.transport);
}

TEST(ReadChannels, WhatAChannelSaysIsTaken) {
    const auto result = read(R"(
  - name: a
    transport: loopback
  - name: Sms_2-b
    transport: twilio
    default: true
    rate: 600/min
    concurrency: 10000
    max_attempts: 3
    expire_after: 30m
    on_doubt: resend
    reconcile_after: 5s
    ordering: none
    order_hold: 0s
    auth_token: env:TOKEN
    base_url: http://127.0.0.1:9999
)");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    ASSERT_THAT(result->config.channels, SizeIs(2));
    const Channel& channel = result->config.channels[1].channel;
    EXPECT_EQ(channel.name, "Sms_2-b");
    EXPECT_EQ(channel.transport, "twilio");
    EXPECT_TRUE(channel.is_default);
    EXPECT_EQ(channel.rate, (Rate{600, 60s}));
    EXPECT_EQ(channel.concurrency, 10000u);
    EXPECT_EQ(channel.max_attempts, 3u);
    EXPECT_EQ(channel.expire_after, 30min);
    EXPECT_EQ(channel.on_doubt, OnDoubt::resend);
    EXPECT_EQ(channel.reconcile_after, 5s);
    EXPECT_EQ(channel.ordering, Ordering::none);
    EXPECT_EQ(channel.order_hold, 0s);
}

TEST(ReadChannels, ALimitIsSharedByTheChannelsThatNameIt) {
    const auto result = read_config(R"(database: { url: x }
limits:
  - { name: account, rate: 80/s }
  - { name: pool, rate: 600/min }
channels:
  - { name: a, transport: loopback, limits: [account, pool], rate_counts: segments, recipient_max: 60/h,
      typography: replace }
  - { name: b, transport: loopback, limits: account }
)",
                                    kinds);
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    ASSERT_THAT(result->config.limits, SizeIs(2));
    EXPECT_EQ(result->config.limits[1].name, "pool");
    EXPECT_EQ(result->config.limits[1].rate, (Rate{600, 60s}));
    const Channel& a = result->config.channels[0].channel;
    EXPECT_THAT(a.limits, ElementsAre("account", "pool"));
    EXPECT_EQ(a.rate_counts, RateCounts::segments);
    EXPECT_EQ(a.typography, Typography::replace);
    EXPECT_EQ(a.recipient_max, (Rate{60, 3600s}));
    const Channel& b = result->config.channels[1].channel;
    EXPECT_THAT(b.limits, ElementsAre("account"));
    EXPECT_EQ(b.rate_counts, RateCounts::messages);
    EXPECT_EQ(b.typography, Typography::keep);
    EXPECT_EQ(b.recipient_max, std::nullopt);
}

TEST(ReadChannels, ALimitMustBeThereAndBeNamedOnce) {
    EXPECT_THAT(problems("  - { name: a, transport: loopback, limits: [account] }"),
                ElementsAre(HasSubstr("channels[0].limits: \"account\" is not a limit (there is none)")));
    const auto result = read_config(R"(database: { url: x }
limits: [{ name: account, rate: 80/s }, { name: account, rate: 1/s }, { name: pool }]
channels:
  - { name: a, transport: loopback, limits: [account, account, acount] }
)",
                                    kinds);
    ASSERT_FALSE(result);
    EXPECT_THAT(
        lines_of(result.error()),
        ElementsAre(HasSubstr("limits[1].name: has \"account\" a second time"),
                    HasSubstr("limits[2].rate: is required"),
                    HasSubstr("channels[0].limits: has \"account\" twice"),
                    HasSubstr("channels[0].limits: \"acount\" is not a limit (did you mean account?)")));
}

TEST(ReadChannels, NoChannelIsWarnedOf) {
    for (const char* yaml : {"database: { url: x }", "database: { url: x }\nchannels: []"}) {
        const auto result = read_config(yaml, kinds);
        ASSERT_TRUE(result);
        EXPECT_THAT(lines_of(result->warnings),
                    ElementsAre(HasSubstr("channels: there are none: nothing will be sent")));
    }
}

TEST(ReadChannels, ANameIsASlugOfAtMost50) {
    const std::string most(50, 'a');
    EXPECT_THAT(problems("  - { name: " + most + ", transport: loopback }"), IsEmpty());
    for (const std::string& bad : {most + "a", std::string("a.b"), std::string("'a b'"), std::string("ä")}) {
        EXPECT_THAT(problems("  - { transport: loopback, name: " + bad + " }"),
                    ElementsAre(HasSubstr("3:34: channels[0].name: ")))
            << bad;
    }
    EXPECT_THAT(problems("  - { name: '', transport: loopback }"),
                ElementsAre("3:13: channels[0].name: must not be empty"));
}

TEST(ReadChannels, ANameIsTakenOnce) {
    EXPECT_THAT(problems("  - { name: a, transport: loopback }\n  - { name: b, transport: loopback }\n"
                         "  - { name: a, transport: twilio }\n"),
                ElementsAre("5:13: channels[2].name: \"a\" is the name of channels[0] already"));
    EXPECT_THAT(problems("  - { transport: loopback }\n  - { transport: loopback }\n"),
                ElementsAre("3:5: channels[0].name: is required", "4:5: channels[1].name: is required"));
}

TEST(ReadChannels, OneChannelIsTheDefault) {
    EXPECT_THAT(
        problems("  - { name: a, transport: loopback, default: true }\n"
                 "  - { name: b, transport: loopback, default: false }\n"
                 "  - { name: c, transport: loopback, default: true }\n"),
        ElementsAre("5:46: channels[2].default: channels[0] is the default already: only one can be"));
}

TEST(ReadChannels, ATransportIsOneOfThoseThereAre) {
    EXPECT_THAT(
        problems("  - { name: a, transport: twillio, from: x }"),
        ElementsAre("3:27: channels[0].transport: \"twillio\" is not a transport (did you mean twilio?) "
                    "(there are: loopback, twilio)"));
    EXPECT_THAT(
        problems("  - { name: a, transport: pigeon }"),
        ElementsAre(
            "3:27: channels[0].transport: \"pigeon\" is not a transport (there are: loopback, twilio)"));
    EXPECT_THAT(
        problems("  - { name: a, transport: email, smtp_url: x }"),
        ElementsAre(
            "3:27: channels[0].transport: \"email\" is not a transport (there are: loopback, twilio)"));
    EXPECT_THAT(problems("  - { name: a }"), ElementsAre("3:5: channels[0].transport: is required"));
}

TEST(ReadChannels, LimitsHaveTheirRanges) {
    EXPECT_THAT(
        problems(R"(  - name: a
    transport: loopback
    rate: 0/s
    concurrency: 0
    max_attempts: -1
    expire_after: 0s
    on_doubt: ask
    reconcile_after: 500ms
    ordering: strict
    order_hold: 10
)"),
        ElementsAre(
            "5:11: channels[0].rate: \"0/s\" is not a rate (like 10/s, 600/min)",
            "6:18: channels[0].concurrency: 0 is not between 1 and 10000",
            "7:19: channels[0].max_attempts: -1 is not between 0 and 4294967295",
            "8:19: channels[0].expire_after: 0s is not between 1s and 3650d",
            "9:15: channels[0].on_doubt: \"ask\" is not one of fail, resend",
            "10:22: channels[0].reconcile_after: 500ms is not a whole number of seconds",
            "11:15: channels[0].ordering: \"strict\" is not one of conversation, none",
            "12:17: channels[0].order_hold: \"10\" is not a duration (like 250ms, 2s, 10m, 24h, 5d)"));
}

TEST(ReadChannels, TheKindsOwnKeysAreItsOwn) {
    EXPECT_THAT(
        problems("  - { name: a, transport: twilio, form: x, auth_token: env:NONE, base_url: ftp://x }"),
        ElementsAre("3:35: channels[0].form: is not a setting (did you mean from?)",
                    "3:56: channels[0].auth_token: the environment variable NONE is not set",
                    "3:76: channels[0].base_url: must begin with https://"));
}

TEST(ReadChannels, AnItemThatIsNoMappingIsAProblem) {
    EXPECT_THAT(problems("  - test\n  - { name: b, transport: loopback }\n"),
                ElementsAre(HasSubstr("3:5: channels[0]: must be a mapping")));
}

}  // namespace
}  // namespace postrider
