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
    return read_config("database: { url: x }\nchannels: [{ name: mail, transport: loopback }]\n" + yaml,
                       kinds, environment_of({{"HOOK", "whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG"}}));
}

std::vector<std::string> problems(const std::string& yaml) {
    const auto result = read(yaml);
    return result ? std::vector<std::string>{} : lines_of(result.error());
}

TEST(ReadAlerts, EachKeyIsRead) {
    const auto result = read(
        "alerts: { level: warning, after: 0s, quiet: 1h, channel: mail, to: [a@example.org, "
        "b@example.org], url: https://alerts.example.org, secret: env:HOOK }\n");
    ASSERT_TRUE(result) << lines_of(result.error())[0];
    const AlertConfig& alerts = result->config.alerts;
    EXPECT_EQ(alerts.rules.level, Health::warning);
    EXPECT_EQ(alerts.rules.after, 0s);
    EXPECT_EQ(alerts.rules.quiet, 1h);
    EXPECT_EQ(alerts.channel, "mail");
    EXPECT_EQ(alerts.to.size(), 2u);
    ASSERT_TRUE(alerts.webhook);
    EXPECT_EQ(alerts.webhook->url, "https://alerts.example.org");
}

TEST(ReadAlerts, WithoutThemNobodyIsTold) {
    const auto result = read("");
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->config.alerts.channel.empty());
    EXPECT_FALSE(result->config.alerts.webhook);
}

TEST(ReadAlerts, WhatIsWrongIsNamed) {
    EXPECT_THAT(problems("alerts: { level: critical }\n"), ElementsAre(HasSubstr("nobody is told")));
    EXPECT_THAT(problems("alerts: { channel: other, to: [a@example.org] }\n"),
                ElementsAre(HasSubstr("\"other\" is no channel of this file")));
    EXPECT_THAT(problems("alerts: { channel: mail }\n"), ElementsAre(HasSubstr("goes with channel")));
    EXPECT_THAT(problems("alerts: { to: [a@example.org] }\n"), ElementsAre(HasSubstr("goes with channel")));
    EXPECT_THAT(problems("alerts: { url: 'https://alerts.example.org' }\n"),
                ElementsAre(HasSubstr("secret")));
}

}  // namespace
}  // namespace postrider
