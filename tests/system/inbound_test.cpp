// What comes in by webhooks, and what follows from it, on the real daemon.
#include "tests/system/inbound_test.h"

#include <thread>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Inbound = InboundTest;

TEST_F(Inbound, AMessageIsStoredAsTheDjangoPackageStoresItOnceHoweverOftenItComes) {
    DaemonProcess daemon(inbound_config("    replies:\n      HELP: Call <us> & ask\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    Fields fields = incoming(sid(1), " Help! ");
    fields["NumMedia"] = "1";
    fields["MediaUrl0"] = "https://api.twilio.com/media/1";
    fields["MediaContentType0"] = "image/png";
    const HttpPage first = post(daemon, fields);
    EXPECT_EQ(first.status, 200) << first.body;
    EXPECT_THAT(first.content_type, HasSubstr("text/xml"));
    EXPECT_THAT(first.body, HasSubstr("<Message>Call &lt;us&gt; &amp; ask</Message>"));
    EXPECT_EQ(incoming_value("sender"), person);
    EXPECT_EQ(incoming_value("recipient"), "+13125550100");
    EXPECT_EQ(incoming_value("message"), "Help!");
    EXPECT_EQ(incoming_value("length(lookup_key)"), "64");
    EXPECT_EQ(incoming_value("transmission_metadata::json -> 'From' ->> 0"), person);
    EXPECT_EQ(incoming_value("transmission_metadata::json ->> 'message_channel'"), "sms");
    EXPECT_EQ(site.value("select content_url || content_type || \"index\" from "
                         "simple_messaging_incomingmessagemedia"),
              "https://api.twilio.com/media/1image/png0");
    for (const char* path :
         {"/incoming", "/incoming.xml", "/messages/incoming", "/messages/incoming.xml/", "/incoming/sms"}) {
        const HttpPage again = post(daemon, fields, path);
        EXPECT_EQ(again.status, 200) << path;
        EXPECT_EQ(again.body, first.body) << path;
    }
    EXPECT_EQ(incoming_rows(), 1);
    EXPECT_TRUE(daemon.wait_for_status("5 of them repeated")) << daemon.status().body;
}

TEST_F(Inbound, WhatIsNotSignedIsRefusedCountedAndStoredNowhere) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "hello"), "/incoming", "another-token").status, 403);
    EXPECT_EQ(post(daemon, report(sid(1), "delivered"), "/reports/sms", "another-token").status, 403);
    EXPECT_EQ(http_get(daemon.url() + "/incoming", {}, "POST", "MessageSid=x").status, 403);
    EXPECT_EQ(http_get(daemon.url() + "/incoming/nobody", {}, "POST", "a=b").status, 404);
    EXPECT_EQ(http_get(daemon.url() + "/incoming").status, 405);
    EXPECT_EQ(incoming_rows(), 0);
    EXPECT_TRUE(daemon.wait_for_status("4 refused")) << daemon.status().body;
    EXPECT_FALSE(daemon.log_says(person));
    EXPECT_FALSE(daemon.log_says("hello"));
}

TEST_F(Inbound, TheSameMessageFiftyTimesAtOnceIsOneRowAndFiftyEqualAnswers) {
    DaemonProcess daemon(inbound_config("    replies: { \"*\": Thanks }\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string url = daemon.url();
    std::vector<HttpPage> answers(50);
    std::vector<std::thread> threads;
    const SignedWebhook made =
        sign_as_twilio(std::string(public_url) + "/incoming", incoming(sid(7), "hi"), "imitated-token");
    for (HttpPage& answer : answers) {
        threads.emplace_back([&] {
            answer = http_get(url + "/incoming", {{"X-Twilio-Signature", made.signature}}, "POST", made.body);
        });
    }
    for (std::thread& each : threads) each.join();
    for (const HttpPage& answer : answers) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, answers[0].body);
        EXPECT_THAT(answer.body, HasSubstr("<Message>Thanks</Message>"));
    }
    EXPECT_EQ(incoming_rows(), 1);
}

TEST_F(Inbound, DeliveryReportsAreWrittenIntoTheMessageAndNeverGoBack) {
    DaemonProcess daemon(inbound_config());
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const std::string provider_id = site.value(
        "select transmission_metadata::json -> 'twilio_sid' ->> 0 from simple_messaging_outgoingmessage");
    EXPECT_THAT(twilio.accepted().at(0).status_callback,
                StartsWith(std::string(public_url) + "/reports/sms?attempt="));
    const auto delivery = [&] { return site.value("select delivery from postrider.messages"); };
    EXPECT_EQ(post(daemon, report(provider_id, "delivered"), "/reports/sms").status, 200);
    ASSERT_TRUE(eventually([&] { return delivery() == "delivered"; })) << daemon.log();
    EXPECT_EQ(post(daemon, report(provider_id, "sent"), "/reports/sms").status, 200);
    EXPECT_EQ(post(daemon, report(provider_id, "delivered"), "/reports/sms").status, 200);
    EXPECT_TRUE(site.row(id).says("\"twilio_status\": \"delivered\"")) << site.row(id).metadata.value_or("");
    EXPECT_EQ(delivery(), "delivered");
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_TRUE(daemon.wait_for_status("1 delivered and 0 not")) << daemon.status().body;
}

TEST_F(Inbound, AMessageThatIsReportedAsNotDeliveredIsErroredAndSaysWhy) {
    DaemonProcess daemon(inbound_config());
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const std::string provider_id =
        site.value("select provider_id from postrider.messages where id = " + std::to_string(id));
    EXPECT_EQ(post(daemon, report(provider_id, "undelivered", "30003"), "/reports/sms").status, 200);
    ASSERT_TRUE(eventually([&] { return site.row(id).errored; })) << daemon.log();
    EXPECT_TRUE(site.row(id).says("Twilio could not deliver it: undelivered, code 30003"));
    EXPECT_TRUE(site.row(id).says("twilio_sid"));
    EXPECT_EQ(site.value("select state || ': ' || reason from postrider.messages"),
              "errored: Twilio could not deliver it: undelivered, code 30003");
    const Ran retried = postrider_with(daemon.config_file(), {"retry", std::to_string(id)});
    EXPECT_EQ(retried.exit_code, 0) << retried.out << retried.err;
    EXPECT_TRUE(eventually([&] { return twilio.accepted().size() == 2; })) << daemon.log();
    ASSERT_TRUE(site.wait_for_end(id));
    EXPECT_TRUE(eventually([&] { return site.row(id).ended_well(); })) << site.row(id).metadata.value_or("");
}

TEST_F(Inbound, AReportThatIsFasterThanOurOwnRecordWaitsForIt) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, report(sid(77), "delivered"), "/reports/sms").status, 200);
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(site.number("select count(*) from postrider.delivery_report where not applied"), 1);
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    // As if the provider had given it this name.
    site.execute("update postrider.attempt_history set provider_id = '" + sid(77) + "'");
    ASSERT_TRUE(eventually([&] {
        return site.value("select delivery from postrider.messages") == "delivered";
    })) << daemon.log();
}

TEST_F(Inbound, AReportEndsADoubtThatNothingElseCould) {
    twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::close_before, true));
    for (int i = 0; i < 100; ++i) twilio.next_list({.status = 503, .body = "not now"});
    DaemonProcess daemon(inbound_config());
    const MessageId id = site.insert({.destination = person});
    ASSERT_TRUE(daemon.wait_for_log("message in doubt")) << daemon.log();
    const TwilioRequest request = twilio.accepted().at(0);
    const std::string path = request.status_callback.substr(std::string(public_url).size());
    const SignedWebhook made =
        sign_as_twilio(request.status_callback, report(request.sid, "sent"), "imitated-token");
    EXPECT_EQ(
        http_get(daemon.url() + path, {{"X-Twilio-Signature", made.signature}}, "POST", made.body).status,
        200);
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_TRUE(site.row(id).says(request.sid)) << site.row(id).metadata.value_or("");
    EXPECT_EQ(twilio.accepted().size(), 1u);
}

TEST_F(Inbound, WhoSaysStopGetsNothingMoreUntilHeSaysStart) {
    DaemonProcess daemon(inbound_config("    replies: { \"*\": Hello }\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const HttpPage stopped = post(daemon, incoming(sid(1), "Stop. Thank you"));
    EXPECT_EQ(stopped.status, 200);
    EXPECT_THAT(stopped.body, Not(HasSubstr("Hello"))) << "the provider has confirmed it";
    const MessageId refused = site.insert({.destination = "+1 773-555-0123"});
    ASSERT_TRUE(site.wait_for_end(refused)) << daemon.log();
    EXPECT_TRUE(site.row(refused).errored);
    EXPECT_TRUE(site.row(refused).says("its recipient has opted out"))
        << site.row(refused).metadata.value_or("");
    const MessageId other = site.insert({.destination = "+13125550199"});
    ASSERT_TRUE(site.wait_for_end(other));
    EXPECT_TRUE(site.row(other).ended_well());
    post(daemon, incoming(sid(2), "START"));
    post(daemon, incoming(sid(1), "Stop. Thank you"));  // a replay says nothing new
    ASSERT_TRUE(eventually([&] { return site.number("select count(*) from postrider.suppression") == 0; }));
    std::this_thread::sleep_for(2500ms);  // its copy in the daemon
    const MessageId wanted = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(wanted)) << daemon.log();
    EXPECT_TRUE(site.row(wanted).ended_well()) << site.row(wanted).metadata.value_or("");
}

TEST_F(Inbound, WhoHasOptedOutAtTheProviderIsNotTriedAgain) {
    twilio.next(TwilioBehaviour::refuse(400, 21610, "Attempt to send to unsubscribed recipient"));
    DaemonProcess daemon(inbound_config());
    const MessageId first = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(first)) << daemon.log();
    EXPECT_EQ(site.value("select cause || channel from postrider.suppression"), "providersms");
    const MessageId second = site.insert({.destination = person});
    ASSERT_TRUE(site.wait_for_end(second)) << daemon.log();
    EXPECT_TRUE(site.row(second).says("its recipient has opted out"))
        << site.row(second).metadata.value_or("");
    EXPECT_TRUE(twilio.accepted().empty());
}

TEST_F(Inbound, MessagesOfBlockedSendersAreAnsweredAndStoredNowhere) {
    site.execute(
        "insert into simple_messaging_blockedsender (sender, blocked) values ('(773) 555-0123', now())");
    DaemonProcess daemon(inbound_config("    replies: { \"*\": Hello }\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(eventually([&] {
        static int number = 100;
        return post(daemon, incoming(sid(++number), "x")).body ==
               R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)";
    }));
    const long long before = incoming_rows();
    post(daemon, incoming(sid(1), "let me in"));
    EXPECT_EQ(incoming_rows(), before);
}

TEST_F(Inbound, WithAKeyNothingPersonalRestsInTheClear) {
    DaemonProcess daemon(
        inbound_config("",
                       "encryption:\n  secret_key: "
                       "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n  encrypt: [addresses, "
                       "text]\nlog:\n  level: debug\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    Fields fields = incoming(sid(1), "Stop");
    fields["WaId"] = "17735550123";
    fields["ProfileName"] = "Pat Example";
    EXPECT_EQ(post(daemon, fields).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(2), "My knee hurts")).status, 200);
    EXPECT_EQ(incoming_rows("sender like 'secret:%' and message like 'secret:%'"), 2);
    const std::string dump = site.dump_all_tables();
    for (const char* clear : {"7735550123", "Pat Example", "knee"}) {
        EXPECT_THAT(dump, Not(HasSubstr(clear)));
        EXPECT_FALSE(daemon.log_says(clear));
    }
}

TEST_F(Inbound, StrangeMessagesAreStoredCleanlyOrRefused) {
    DaemonProcess daemon(inbound_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), std::string("nul \0 in it", 11))).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(2), "bad \xff\xfe utf-8")).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(3), "")).status, 200);
    EXPECT_EQ(incoming_rows(), 3);
    EXPECT_EQ(post(daemon, incoming(sid(4), "x", std::string(300, '7'))).status, 400);
    EXPECT_EQ(incoming_rows(), 3);
    EXPECT_EQ(post(daemon, incoming(sid(5), std::string(200000, 'a'))).status, 200);
    EXPECT_EQ(incoming_rows("length(message) = 200000"), 1);
}

}  // namespace
}  // namespace postrider::testing
