// Channels that a site's operators have configured in its switchboard.
#include "tests/support/switchboard_tables.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SwitchboardTest : public SystemTest {
protected:
    SwitchboardTest() {
        site.execute(switchboard_tables_sql);
        site.execute(
            "insert into simple_messaging_switchboard_channeltype (name, package_name) values "
            "('Twilio', 'simple_messaging_twilio'), ('Push', 'simple_messaging_push_notifications')");
        const Ran granted = migrate({"--grant", std::string(daemon_role)});
        EXPECT_EQ(granted.exit_code, 0) << granted.err;
    }

    Ran migrate(std::vector<std::string> arguments) {
        const auto owner = folder.write("owner.yaml", configuration(site.url("postgres"), channel_of_file));
        arguments.insert(arguments.begin(), "migrate");
        return postrider_with(owner, std::move(arguments));
    }
    void add_channel(const std::string& identifier, const std::string& more, bool enabled = true,
                     bool is_default = false, const std::string& package = "simple_messaging_twilio") {
        site.execute(fmt::format(
            "insert into simple_messaging_switchboard_channel "
            "(name, identifier, is_enabled, is_default, configuration, channel_type_id) "
            "select '{0}', '{0}', {1}, {2}, '{3}', id from simple_messaging_switchboard_channeltype "
            "where package_name = '{4}'",
            identifier, enabled, is_default, twilio_configuration(more), package));
    }
    std::string twilio_configuration(const std::string& more) const {
        return fmt::format(
            R"({{"client_id": "AC0123456789abcdef0123456789abcdef", "auth_token": "imitated-token", )"
            R"("base_url": "{}", "root_auth_token": "root-token", {}}})",
            twilio.base_url(), more);
    }
    MessageId insert_to(const std::string& channel, const std::string& text,
                        const std::string& destination = "+13125550101") {
        return site.insert({.destination = destination,
                            .message = text,
                            .transmission_metadata = R"({"message_channel": ")" + channel + "\"}"});
    }
    std::string config_without_default() const { return configuration(site.url(), channel_of_file); }

    const std::string channel_of_file = "  - { name: test, transport: loopback }\n";
    const Folder folder;
};

TEST_F(SwitchboardTest, ItsChannelsSendBesideThoseOfTheFile) {
    add_channel("sms", R"("phone_number": "+13125550100")", true, true);
    add_channel("chat", R"("phone_number": "whatsapp:+13125550100", "prefix": "whatsapp")");
    DaemonProcess daemon(config_without_default());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId by_default = site.insert({.message = "by default"});
    const MessageId by_name = insert_to("chat", "by name");
    const MessageId by_file = insert_to("test", "by the file's");
    for (MessageId id : {by_default, by_name, by_file}) {
        ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
        EXPECT_FALSE(site.row(id).says("root-token"));
    }
    EXPECT_TRUE(site.row(by_file).says("loopback"));
    EXPECT_THAT(texts_to("+13125550101"), ElementsAre("by default"));
    EXPECT_THAT(texts_to("whatsapp:+13125550101"), ElementsAre("by name"));
    EXPECT_EQ(site.row(by_name).destination, "+13125550101");
}

TEST_F(SwitchboardTest, ItsLongerTextsGoAsOneMmsAsWithTheDjangoPackageUnlessTheChannelSaysNo) {
    add_channel("sms", R"("phone_number": "+13125550100")", true, true);
    add_channel("plain", R"("phone_number": "+13125550100", "use_mms": false)");
    DaemonProcess daemon(config_without_default());
    const std::string text(81, 'x');
    const MessageId as_mms = insert_to("sms", text);
    const MessageId plain = insert_to("plain", text, "+13125550102");
    const MessageId abroad = insert_to("sms", text, "+436641234567");
    for (MessageId id : {as_mms, plain, abroad}) ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const auto accepted = twilio.accepted();
    ASSERT_EQ(accepted.size(), 3u);
    for (const TwilioRequest& request : accepted)
        EXPECT_EQ(request.send_as_mms, request.to == "+13125550101") << request.to;
}

TEST_F(SwitchboardTest, WhatItChangesIsTakenOverAndADisabledChannelHoldsItsMessages) {
    add_channel("sms", R"("phone_number": "+13125550100")", false, true);
    DaemonProcess daemon(config_without_default());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId held = insert_to("sms", "held");
    ASSERT_TRUE(daemon.wait_for_status("channel sms is disabled in the site's switchboard"))
        << daemon.status().body;
    EXPECT_TRUE(site.row(held).waits());
    site.execute("update simple_messaging_switchboard_channel set is_enabled = true");
    ASSERT_TRUE(site.wait_for_end(held)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("held"));
}

TEST_F(SwitchboardTest, AChannelThatWeCannotServeIsLeftToTheSiteAndCounted) {
    add_channel("push", R"("a": 1)", true, false, "simple_messaging_push_notifications");
    DaemonProcess daemon(config_without_default());
    const MessageId left = insert_to("push", "left");
    ASSERT_TRUE(daemon.wait_for_status(
        "1 left waiting: channel push, of package simple_messaging_push_notifications, left to the site"))
        << daemon.status().body;
    EXPECT_TRUE(site.row(left).waits());
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
}

TEST_F(SwitchboardTest, WhatIsWrongWithAChannelIsSaidByStatusAndCheckConfigAndItsMessagesWait) {
    add_channel("chat", R"("phone_number": "whatsapp:+13125550100")");
    const auto file = folder.write("postrider.yaml", config_without_default());
    const Ran checked = postrider_with(file, {"check-config"});
    EXPECT_EQ(checked.exit_code, 2);
    EXPECT_THAT(checked.err, AllOf(HasSubstr("switchboard channel chat: prefix"), Not(HasSubstr("token"))));
    DaemonProcess daemon(config_without_default());
    const MessageId id = insert_to("chat", "waits");
    ASSERT_TRUE(daemon.wait_for_status("channel chat is misconfigured")) << daemon.status().body;
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_THAT(daemon.status().body, AllOf(HasSubstr("POSTRIDER WARNING"), HasSubstr("chat: prefix")));
}

TEST_F(SwitchboardTest, ItsChannelsAreListedAndSuspendedLikeAnyOther) {
    add_channel("sms", R"("phone_number": "+13125550100")", true, true);
    add_channel("push", R"("a": 1)", true, false, "simple_messaging_push_notifications");
    const auto file = folder.write("postrider.yaml", config_without_default());
    EXPECT_THAT(postrider_with(file, {"check-config"}).out, HasSubstr("valid, 3 channels"));
    EXPECT_THAT(postrider_with(file, {"channels"}).out,
                AllOf(HasSubstr("sms"), HasSubstr("left to the site")));
    EXPECT_EQ(postrider_with(file, {"channels", "suspend", "sms"}).exit_code, 0);
    DaemonProcess daemon(config_without_default());
    const MessageId id = insert_to("sms", "suspended");
    ASSERT_TRUE(daemon.wait_for_status("its messages wait")) << daemon.status().body;
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_EQ(postrider_with(file, {"channels", "resume", "sms"}).exit_code, 0);
    EXPECT_TRUE(site.wait_for_end(id)) << daemon.log();
}

TEST_F(SwitchboardTest, ItIsNotUsedWhereTheFileSaysSo) {
    add_channel("sms", "not even JSON", true, true);
    DaemonProcess daemon(configuration(site.url(), channel_of_file, "switchboard: false\n"));
    const MessageId id = insert_to("sms", "by the file's");
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).says("loopback"));
    EXPECT_THAT(twilio.accepted(), IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
