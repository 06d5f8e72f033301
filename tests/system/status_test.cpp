// What the status says, to whom, and in which form.
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class Status : public SystemTest {};

TEST_F(Status, ItsFirstLineIsANagiosLineAndEachCheckHasALine) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    const HttpPage page = daemon.status();
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.first_line(),
                ContainsRegex("^POSTRIDER OK - all is well \\| 'due'=0;;;0 'lag'=[0-9.]+s;60;300;0"));
    for (const char* check : {"messages", "database", "doorbell", "membership", "intake", "channel sms",
                              "recorder", "in doubt", "clock"}) {
        EXPECT_THAT(page.body, HasSubstr(fmt::format("\nOK {}: ", check)));
    }
}

TEST_F(Status, IsJsonForWhoAsksForJson) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_for_log("shards dealt")) << daemon.log();
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK"));
    const HttpPage page = daemon.status({{"Accept", "application/json"}});
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "application/json");
    const auto document = boost::json::parse(page.body);
    EXPECT_EQ(document.at("status").as_string(), "OK");
    EXPECT_GE(document.at("checks").as_array().size(), 8u);
    EXPECT_EQ(document.at("checks").as_array()[0].at("name").as_string(), "messages");
}

TEST_F(Status, OnlyAllowedHostsReadIt) {
    std::string text = config("", "status: { allowed_hosts: [192.0.2.7] }\n");
    text.replace(text.find("  port: 0\n"), 10, "  port: 0\n  trusted_proxies: []\n");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(daemon.status().status, 403);
    // What a peer that is no trusted proxy says of itself does not count.
    EXPECT_EQ(daemon.status({{"X-Forwarded-For", "192.0.2.7"}}).status, 403);
    EXPECT_EQ(http_get(daemon.url() + "/health").status, 200);
}

TEST_F(Status, BehindATrustedProxyTheForwardedAddressCounts) {
    std::string text = config("", "status: { allowed_hosts: [192.0.2.7] }\n");
    text.replace(text.find("  port: 0\n"), 10, "  port: 0\n  trusted_proxies: [127.0.0.1]\n");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(eventually([&] { return daemon.status({{"X-Forwarded-For", "192.0.2.7"}}).status == 200; }));
    EXPECT_EQ(daemon.status({{"X-Forwarded-For", "192.0.2.8"}}).status, 403);
    EXPECT_EQ(daemon.status({{"X-Forwarded-For", "192.0.2.7, 192.0.2.8"}}).status, 403);
    EXPECT_EQ(daemon.status({{"X-Forwarded-For", "192.0.2.8, 192.0.2.7"}}).status, 200);
    EXPECT_EQ(daemon.status().status, 403);  // the proxy itself is not one of them
}

TEST_F(Status, WhoeverAsksWithoutEndIsAskedToWaitAndNobodyElse) {
    std::string text = config("", "status: { allowed_hosts: [192.0.2.7, 192.0.2.8] }\n");
    text.replace(text.find("  port: 0\n"), 10, "  port: 0\n  trusted_proxies: [127.0.0.1]\n");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    const auto ask = [&](const char* path, const char* client) {
        return http_get(daemon.url() + path, {{"X-Forwarded-For", client}});
    };
    ASSERT_NE(ask("/status", "192.0.2.7").status, 429);
    bool limited = false;
    for (int i = 0; i < 5000 && !limited; ++i) limited = ask("/health", "192.0.2.7").status == 429;
    EXPECT_TRUE(limited);
    EXPECT_EQ(ask("/metrics", "192.0.2.7").status, 429) << "the same for all of these pages";
    EXPECT_NE(ask("/status", "192.0.2.8").status, 429);
    EXPECT_EQ(http_get(daemon.url() + "/health").status, 200) << "this host itself";
}

TEST_F(Status, OtherPathsAndMethodsAreRefused) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(http_get(daemon.url() + "/").status, 404);
    EXPECT_EQ(http_get(daemon.url() + "/statuses").status, 404);
    EXPECT_EQ(http_get(daemon.url() + "/status", {}, "DELETE").status, 405);
    const HttpPage health = http_get(daemon.url() + "/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, "alive\n");
}

TEST_F(Status, AMessageThatWaitsTooLongIsAWarningAndThenCritical) {
    TwilioBehaviour hang;
    hang.manner = TwilioBehaviour::Manner::hang;
    twilio.by_default(hang);
    DaemonProcess daemon(config("", "status: { lag_warning: 300ms, lag_critical: 1500ms }\n"));
    site.insert();
    ASSERT_TRUE(daemon.wait_for_status("WARNING messages: 1 due")) << daemon.status().body;
    ASSERT_TRUE(daemon.wait_for_status("CRITICAL messages: 1 due")) << daemon.status().body;
    EXPECT_EQ(daemon.status().status, 503);
    daemon.kill();
}

TEST_F(Status, WhatIsHeldBecauseItWasOverdueBeforeWeCameIsCounted) {
    const MessageId held = site.insert({.send_date_sql = "now() - interval '3 days'"});
    const MessageId ever = site.insert({.destination = "+13125550102", .send_date_sql = "'-infinity'"});
    site.execute(
        "update postrider.installation set last_message_id = "
        "(select max(id) from simple_messaging_outgoingmessage)");
    const MessageId later =
        site.insert({.destination = "+13125550103", .send_date_sql = "now() - interval '3 days'"});
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_for_status("2 held: overdue by more than lateness_max")) << daemon.status().body;
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER WARNING")) << daemon.status().body;
    EXPECT_TRUE(site.wait_for_end(later)) << "inserted since, whatever its date: " << daemon.log();
    EXPECT_TRUE(site.row(held).waits());
    EXPECT_TRUE(site.row(ever).waits());
    ASSERT_TRUE(daemon.reload(config("", "lateness_max: 30d\n")));
    EXPECT_TRUE(site.wait_for_end(held)) << daemon.log();
}

}  // namespace
}  // namespace postrider::testing
