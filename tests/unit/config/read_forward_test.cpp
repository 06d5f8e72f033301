#include "lib/config/read_config.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const FakeKind loopback("loopback");
const TransportKinds kinds{&loopback};

ConfigResult read(const std::string& yaml) {
    const std::string head =
        "database: { url: 'postgresql:///site' }\nchannels: [{ name: test, transport: loopback }]\n";
    return read_config(head + yaml, kinds,
                       environment_of({{"HOOK", "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG"}}));
}

std::vector<std::string> problems(const std::string& yaml) {
    const auto result = read(yaml);
    return result ? std::vector<std::string>{} : lines_of(result.error());
}

TEST(ReadForward, AnEndpointIsCalledByItsHostAndToldOfMessagesUnlessTheFileSaysOtherwise) {
    const auto result = read("forward: [{ url: https://app.example.org/hook, secret: env:HOOK }]\n");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    ASSERT_EQ(result->config.forward.size(), 1u);
    const ForwardEndpoint& endpoint = result->config.forward[0];
    EXPECT_EQ(endpoint.name, "app.example.org");
    EXPECT_EQ(endpoint.to.url, "https://app.example.org/hook");
    EXPECT_EQ(endpoint.to.keys.size(), 1u);
    EXPECT_FALSE(endpoint.to.allow_private);
    EXPECT_TRUE(endpoint.received);
    EXPECT_FALSE(endpoint.reports);
    EXPECT_TRUE(endpoint.waits_for_media);
    EXPECT_EQ(endpoint.expire_after, 72h);
}

TEST(ReadForward, EachKeyIsRead) {
    const auto result = read(R"(forward:
  - { name: app, url: https://a.example.org, secret: [env:HOOK, env:HOOK], events: [message.report],
      wait_for_media: false, allow_private: true, concurrency: 3, timeout: 2s, retry_first: 100ms,
      expire_after: 1h }
)");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    const ForwardEndpoint& endpoint = result->config.forward.at(0);
    EXPECT_EQ(endpoint.name, "app");
    EXPECT_EQ(endpoint.to.keys.size(), 2u);
    EXPECT_TRUE(endpoint.to.allow_private);
    EXPECT_FALSE(endpoint.received);
    EXPECT_TRUE(endpoint.reports);
    EXPECT_FALSE(endpoint.waits_for_media);
    EXPECT_EQ(endpoint.reply_within, 0s);
    EXPECT_EQ(endpoint.concurrency, 3u);
    EXPECT_EQ(endpoint.timeout, 2s);
    EXPECT_EQ(endpoint.retry_first, 100ms);
    EXPECT_EQ(endpoint.expire_after, 1h);
}

TEST(ReadForward, OneEndpointMayReply) {
    const std::string one = "  - { url: 'https://a.example.org', secret: env:HOOK, reply_within: 5s }\n";
    const auto result = read("forward:\n" + one);
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    EXPECT_EQ(result->config.forward.at(0).reply_within, 5s);
    EXPECT_THAT(problems("forward:\n" + one +
                         "  - { url: 'https://b.example.org', secret: env:HOOK, reply_within: 1s }\n"),
                ElementsAre(HasSubstr("\"a.example.org\" replies already")));
    EXPECT_THAT(problems("forward: [{ url: 'https://a.example.org', secret: env:HOOK, reply_within: 1s, "
                         "events: [message.report] }]\n"),
                ElementsAre(HasSubstr("its events do not have that")));
    EXPECT_THAT(problems("forward: [{ url: 'https://a.example.org', secret: env:HOOK, reply_within: 9s }]\n"),
                ElementsAre(HasSubstr("reply_within")));
}

TEST(ReadForward, WhatIsWrongIsNamedAtItsPlace) {
    EXPECT_THAT(problems("forward: [{}]\n"),
                ElementsAre("3:11: forward[0].url: is required", HasSubstr("forward[0].secret: is missing")));
    EXPECT_THAT(problems("forward: [{ url: 'https://a.example.org', secret: short }]\n"),
                ElementsAre(HasSubstr("forward[0].secret: must be whsec_")));
    EXPECT_THAT(problems("forward: [{ url: 'https://a.example.org', secret: env:HOOK, events: [all] }]\n"),
                ElementsAre(HasSubstr("\"all\" is not one of message.received, message.report")));
    EXPECT_THAT(problems("forward: [{ url: 'http://a.example.org', secret: env:HOOK }]\n"),
                ElementsAre(HasSubstr("forward[0].url: ")));
    EXPECT_THAT(problems("forward:\n  - { url: 'https://a.example.org/1', secret: env:HOOK }\n"
                         "  - { url: 'https://a.example.org/2', secret: env:HOOK }\n"),
                ElementsAre(HasSubstr("5:12: forward[1].url: \"a.example.org\" is the name of another")));
}

}  // namespace
}  // namespace postrider
