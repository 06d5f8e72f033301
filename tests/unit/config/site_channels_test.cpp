#include "lib/config/site_channels.h"

#include "lib/config/read_config.h"
#include "transports/transports.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string account = "AC0123456789abcdef0123456789abcdef";
const std::string sound =
    R"({"client_id": ")" + account + R"(", "auth_token": "hunter2", "phone_number": "+15550100"})";

SiteChannel row(std::string configuration, std::string package = "simple_messaging_twilio") {
    return {"sms", std::move(package), true, false, Secret(std::move(configuration))};
}

SiteChannels check(std::vector<SiteChannel> rows) { return check_site_channels(rows, all_transport_kinds()); }

std::string problem(std::string configuration) {
    const SiteChannels checked = check({row(std::move(configuration))});
    EXPECT_TRUE(checked.channels.at(0).channel.not_served);
    EXPECT_FALSE(checked.channels.at(0).makers.transport);
    return checked.problems.empty() ? "none" : checked.problems.front();
}

TEST(SiteChannels, AChannelOfAPackageThatWeServeIsOneOfOurs) {
    SiteChannel channel = row(sound);
    channel.is_default = true;
    const SiteChannels checked = check({channel});
    EXPECT_THAT(checked.problems, IsEmpty());
    ASSERT_EQ(checked.channels.size(), 1u);
    EXPECT_EQ(checked.channels[0].channel.name, "sms");
    EXPECT_EQ(checked.channels[0].channel.transport, "twilio");
    EXPECT_TRUE(checked.channels[0].channel.is_default);
    EXPECT_FALSE(checked.channels[0].channel.not_served);
    EXPECT_TRUE(checked.channels[0].makers.transport);
}

TEST(SiteChannels, ThePrefixAndKeysThatOnlyTheSiteReadsAreTaken) {
    const SiteChannels checked =
        check({row(R"({"client_id": ")" + account +
                   R"(", "auth_token": "t", "phone_number": "whatsapp:+15550100", "prefix": "whatsapp",
                "country_code": "US", "use_mms": true, "root_client_id": null, "root_auth_token": ""})")});
    EXPECT_THAT(checked.problems, IsEmpty());
    EXPECT_EQ(checked.channels.at(0).channel.prefix, "whatsapp");
}

TEST(SiteChannels, OfEachPackageThatWeServeItsOwnKeysAreRead) {
    const SiteChannels checked =
        check({row(R"({"connection_string": "endpoint=https://a.example/;accesskey=aHVudGVyMg==",
                       "phone_number": "+15550100", "enable_delivery_report": false})",
                   "simple_messaging_azure"),
               row(R"({"connection_string": "endpoint=https://a.example/;accesskey=hunter2"})",
                   "simple_messaging_azure")});
    EXPECT_FALSE(checked.channels.at(0).channel.not_served);
    EXPECT_THAT(checked.problems,
                ElementsAre("switchboard channel sms: phone_number: is required",
                            "switchboard channel sms: connection_string: its accesskey is not base64"));
}

TEST(SiteChannels, WhatIsMissingOrWrongIsSaidInTheWordsOfTheSite) {
    EXPECT_THAT(problem("{}"), HasSubstr("switchboard channel sms: client_id"));
    EXPECT_THAT(problem(R"({"client_id": ")" + account + R"(", "phone_number": "+15550100"})"),
                HasSubstr("auth_token"));
    EXPECT_THAT(problem(R"({"client_id": ")" + account + R"(", "auth_token": "t"})"),
                HasSubstr("phone_number"));
    EXPECT_THAT(problem(R"({"client_id": ")" + account +
                        R"(", "auth_token": "t", "phone_number": "whatsapp:+15550100"})"),
                HasSubstr("prefix"));
}

TEST(SiteChannels, AConfigurationThatIsNoObjectIsAProblemThatRepeatsNothingOfIt) {
    for (std::string configuration : {"", "[]", "{'client_id': 'hunter2'}", "hunter2"}) {
        EXPECT_THAT(problem(configuration), AllOf(HasSubstr("no JSON object"), Not(HasSubstr("hunter2"))));
    }
}

TEST(SiteChannels, TheSiteNamesNoFilesAndVariablesOfThisHost) {
    EXPECT_THAT(problem(R"({"client_id": "x", "auth_token": "file:/etc/shadow"})"),
                HasSubstr("auth_token must not begin with file:"));
}

TEST(SiteChannels, NoProblemRepeatsASecret) {
    EXPECT_THAT(problem(R"({"client_id": "hunter2", "auth_token": "hunter3", "phone_number": "+1555"})"),
                AllOf(HasSubstr("client_id"), Not(HasSubstr("hunter2")), Not(HasSubstr("hunter3"))));
}

TEST(SiteChannels, AChannelOfAPackageThatNobodyServesIsLeftToTheSite) {
    const SiteChannels checked = check({row("{}", "simple_messaging_carrier_pigeon")});
    EXPECT_THAT(checked.problems, IsEmpty());
    const auto& not_served = checked.channels.at(0).channel.not_served;
    ASSERT_TRUE(not_served);
    EXPECT_TRUE(not_served->expected);
    EXPECT_FALSE(not_served->only_by_name);
    EXPECT_THAT(not_served->reason, HasSubstr("simple_messaging_carrier_pigeon"));
}

TEST(SiteChannels, ADisabledChannelHoldsItsMessagesAndItsDoubtsCanStillBeLookedUp) {
    SiteChannel channel = row(sound);
    channel.enabled = false;
    const SiteChannels checked = check({channel});
    ASSERT_TRUE(checked.channels.at(0).channel.not_served);
    EXPECT_TRUE(checked.channels[0].channel.not_served->only_by_name);
    EXPECT_FALSE(checked.channels[0].channel.not_served->expected);
    EXPECT_TRUE(checked.channels[0].makers.transport);
}

TEST(SiteChannels, ADisabledChannelMayBeMisconfigured) {
    SiteChannel channel = row("");
    channel.enabled = false;
    EXPECT_THAT(check({channel}).problems, IsEmpty());
}

TEST(SiteChannels, AFilesChannelTakesThePlaceOfTheSitesOfThatName) {
    Config config;
    config.channels.emplace_back().channel.name = "sms";
    SiteChannels site = check({row("{}", "a"), row("{}", "b")});
    site.channels[1].channel.name = "other";
    std::vector<std::string> names;
    for (const ChannelConfig& each : all_channels(config, site))
        names.push_back(each.channel.name + "/" + each.channel.transport);
    EXPECT_THAT(names, ElementsAre("sms/", "other/b"));
}

}  // namespace
}  // namespace postrider
