// Settings of channels that no other test of the whole daemon has: from the file to what the provider gets.
#include "tests/support/azure_imitation.h"
#include "tests/support/free_port.h"
#include "tests/support/made_certificate.h"
#include "tests/support/server_thread.h"
#include "tests/support/smtp_imitation.h"
#include "tests/system/inbound_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class ChannelSettings : public InboundTest {
protected:
    NewRow by(const std::string& channel, const std::string& text = "Visit at 9:00") const {
        NewRow row{.destination = person, .message = text};
        row.transmission_metadata = "{\"message_channel\": \"" + channel + "\"}";
        return row;
    }
    double seconds_from_first_to_last() {
        return std::stod(
            site.value("select extract(epoch from max(sent_date) - min(sent_date)) from "
                       "simple_messaging_outgoingmessage"));
    }
};

TEST_F(ChannelSettings, PrefixGoesBeforeDestinations) {
    std::string text = config("    prefix: whatsapp\n");
    text.replace(text.find("+13125550100"), 12, "whatsapp:+13125550100");
    DaemonProcess daemon(text);
    const MessageId id = site.insert({.destination = "+13125550101"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1)) << site.row(id).metadata.value_or("");
    EXPECT_EQ(twilio.accepted()[0].to, "whatsapp:+13125550101");
}

TEST_F(ChannelSettings, LimitsAreRatesThatChannelsKeepTogether) {
    DaemonProcess daemon(configuration(site.url(),
                                       "  - { name: a, transport: loopback, limits: [account] }\n"
                                       "  - { name: b, transport: loopback, limits: [account] }\n",
                                       "limits: [{ name: account, rate: 2/s }]\n"));
    for (int i = 0; i < 6; ++i) {
        NewRow row = by(i % 2 == 0 ? "a" : "b");
        row.destination = fmt::format("+1312555020{}", i);
        site.insert(row);
    }
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_GT(seconds_from_first_to_last(), 1.5) << "six at two a second";
}

TEST_F(ChannelSettings, RateCountsSegmentsWhereItIsToldSo) {
    DaemonProcess daemon(configuration(
        site.url(), "  - { name: a, transport: loopback, rate: 4/s, rate_counts: segments }\n"));
    site.insert_all({{.destination = "+13125550201", .message = std::string(1500, 'x')},  // ten segments
                     {.destination = "+13125550202", .message = "short", .send_in = 10ms}});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_GT(seconds_from_first_to_last(), 2.0) << "of messages, four would go in a second";
}

TEST_F(ChannelSettings, RecipientMaxHoldsUpWhatIsTooMuchForOne) {
    DaemonProcess daemon(config("    recipient_max: 1/h\n"));
    site.insert({.message = "first"});
    const MessageId second = site.insert({.message = "second", .send_in = 10ms});
    EXPECT_TRUE(daemon.wait_for_status("got recipient_max, and more waits for them")) << daemon.log();
    EXPECT_TRUE(site.row(second).waits());
    EXPECT_THAT(all_texts(), ElementsAre("first"));
}

TEST_F(ChannelSettings, MaxAttemptsGivesAMessageUp) {
    DaemonProcess daemon(configuration(
        site.url(), "  - { name: a, transport: loopback, fail: [deferred], max_attempts: 1 }\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);
}

TEST_F(ChannelSettings, ExpireAfterGivesAMessageUpThatNobodyTakes) {
    DaemonProcess daemon(configuration(
        site.url(), "  - { name: a, transport: loopback, fail: [deferred], expire_after: 1s }\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);
}

TEST_F(ChannelSettings, TypographyReplacedGoesAsPlainCharacters) {
    // Of the GSM alphabet it is one segment, else two.
    const std::string rest(100, 'x');
    DaemonProcess daemon(config("    typography: replace\n"));
    const MessageId id = site.insert({.message = "“Visit” – " + rest});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_THAT(all_texts(), ElementsAre("\"Visit\" - " + rest));
    EXPECT_EQ(site.row(id).message, "“Visit” – " + rest);
}

TEST_F(ChannelSettings, WithoutOrderingASecondMessageDoesNotWaitForTheFirst) {
    twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::hang, false));
    DaemonProcess daemon(config("    ordering: none\n"));
    const MessageId first = site.insert({.message = "first"});
    ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
    const MessageId second = site.insert({.message = "second"});
    ASSERT_TRUE(site.wait_for_end(second)) << daemon.log();
    EXPECT_TRUE(site.row(first).waits());
}

TEST_F(ChannelSettings, ADoubtHoldsLaterMessagesForOrderHoldOnly) {
    twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::close_before, true));
    for (int i = 0; i < 100; ++i) twilio.next_list({.status = 503, .body = "not now"});
    DaemonProcess daemon(config("    order_hold: 1s\n"));
    const MessageId first = site.insert({.message = "first"});
    ASSERT_TRUE(daemon.wait_for_log("message in doubt")) << daemon.log();
    const MessageId second = site.insert({.message = "second"});
    ASSERT_TRUE(site.wait_for_end(second)) << daemon.log();
    EXPECT_TRUE(site.row(first).waits());
    EXPECT_TRUE(site.row(second).ended_well());
}

TEST_F(ChannelSettings, OptOutOfAllChannelsIsAnOptOutOfOthersToo) {
    std::string text = inbound_config("    opt_out: all\n");
    text += "  - { name: other, transport: loopback }\n";
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "STOP")).status, 200);
    const MessageId id = site.insert(by("other"));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).says("its recipient has opted out")) << site.row(id).metadata.value_or("");
}

TEST_F(ChannelSettings, OptOutThatIsLeftToTheApplicationStopsNothing) {
    DaemonProcess daemon(inbound_config("    opt_out: off\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "STOP")).status, 200);
    const MessageId id = site.insert(by("sms"));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
}

TEST_F(ChannelSettings, WebhooksSignedWithTheSecondaryTokenAreTaken) {
    DaemonProcess daemon(inbound_config("    secondary_auth_token: the-next-token\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(post(daemon, incoming(sid(1), "old")).status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(2), "new"), "/incoming", "the-next-token").status, 200);
    EXPECT_EQ(post(daemon, incoming(sid(3), "none"), "/incoming", "another").status, 403);
    EXPECT_EQ(incoming_rows(), 2);
}

TEST_F(ChannelSettings, AMessagingServiceAndAnApiKeyAreWhatTwilioGets) {
    DaemonProcess daemon(
        config("    messaging_service_sid: MG0123456789abcdef0123456789abcdef\n"
               "    api_key: SK0123456789abcdef0123456789abcdef\n    api_key_secret: imitated-secret\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1)) << site.row(id).metadata.value_or("");
    EXPECT_EQ(twilio.accepted()[0].messaging_service_sid, "MG0123456789abcdef0123456789abcdef");
}

TEST_F(ChannelSettings, SendAsMmsIsAskedForWithLongTexts) {
    DaemonProcess daemon(config("    send_as_mms: true\n"));
    const MessageId id = site.insert({.message = std::string(100, 'x')});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(twilio.accepted(), SizeIs(1)) << site.row(id).metadata.value_or("");
    EXPECT_TRUE(twilio.accepted()[0].send_as_mms);
}

TEST_F(ChannelSettings, AzureIsAskedByTheVersionAndAtTheAddressThatAreSet) {
    AzureImitation azure;
    std::string target;
    ServerThread elsewhere{[&](ServerRequest request) -> Task<ServerAnswer> {
        target = request.target;
        ServerAnswer answer;
        answer.status = 400;
        co_return answer;
    }};
    DaemonProcess daemon(configuration(
        site.url(),
        fmt::format("  - name: sms\n    transport: azure\n    from: \"+18335550100\"\n    endpoint: {}\n"
                    "    access_key: aHVudGVyMg==\n    api_version: \"2026-01-23\"\n    base_url: {}\n",
                    azure.url(), elsewhere.url())));
    const MessageId id = site.insert({.destination = "+14255550123"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored) << site.row(id).metadata.value_or("");
    EXPECT_EQ(target, "/sms?api-version=2026-01-23");
}

TEST_F(ChannelSettings, LoopbackTakesAsLongAsDelaySays) {
    DaemonProcess daemon(configuration(site.url(), "  - { name: a, transport: loopback, delay: 1s }\n"));
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_GE(site.row(id).lag_seconds, 1.0);
}

TEST_F(ChannelSettings, AzuresWebhooksProveThemselvesByTheSecret) {
    AzureImitation azure;
    DaemonProcess daemon(configuration(
        site.url(), fmt::format("  - name: sms\n    transport: azure\n    from: \"+18335550100\"\n"
                                "    connection_string: {}\n    webhook_secret: a-long-random-secret\n",
                                azure.connection_string())));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string body =
        R"([{"id":"e1","topic":"/t","subject":"/phonenumber/18335550100","data":{"messageId":"Incoming_1",)"
        R"("from":"14255550123","to":"18335550100","message":"Hello","segmentCount":1},"eventType":)"
        R"("Microsoft.Communication.SMSReceived","dataVersion":"1.0","eventTime":"2026-02-03T04:05:08Z"}])";
    const auto post_with = [&](const std::string& key) {
        return http_get(daemon.url() + "/incoming/sms?key=" + key, {}, "POST", body).status;
    };
    EXPECT_EQ(post_with("another-random-secret"), 403);
    EXPECT_EQ(incoming_rows(), 0);
    EXPECT_EQ(post_with("a-long-random-secret"), 200);
    EXPECT_EQ(incoming_rows("message = 'Hello'"), 1);
}

class MailSettings : public SystemTest {
protected:
    std::string mail_config(const std::string& more) {
        return configuration(
            site.url(),
            fmt::format("  - name: mail\n    transport: email\n    smtp_url: smtp://localhost:{}\n"
                        "    starttls: none\n    from: Study Bot <bot@example.org>\n{}",
                        smtp.port(), more),
            fmt::format("media: {{ root: {} }}\n", media.path().string()));
    }
    MessageId insert_with_file(std::size_t size) {
        media.write("file.pdf", "%PDF" + std::string(size, 'x'));
        const MessageId id = site.insert({.destination = "pat@example.net", .send_in = 24h});
        site.execute(
            fmt::format("insert into simple_messaging_outgoingmessagemedia (message_id, index, content_file, "
                        "content_type) "
                        "values ({0}, 0, 'file.pdf', 'application/pdf'); "
                        "update simple_messaging_outgoingmessage set send_date = now() where id = {0}",
                        id));
        return id;
    }

    SmtpImitation smtp;
    const Folder media;
};

TEST_F(MailSettings, MegabytesMaxIsTheLargestMail) {
    DaemonProcess daemon(mail_config("    megabytes_max: 1\n"));
    const MessageId id = insert_with_file(2'000'000);
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored) << site.row(id).metadata.value_or("");
    EXPECT_EQ(smtp.tried(), 0u);
}

TEST_F(MailSettings, EhloNameAndSubjectAreWhatTheServerHears) {
    DaemonProcess daemon(mail_config("    ehlo_name: postrider.example.org\n    subject: From the study\n"));
    const MessageId id = site.insert({.destination = "pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    ASSERT_THAT(smtp.accepted(), SizeIs(1)) << site.row(id).metadata.value_or("");
    EXPECT_EQ(smtp.accepted()[0].header("Subject"), "From the study");
    EXPECT_EQ(smtp.accepted()[0].ehlo, "postrider.example.org");
}

TEST_F(MailSettings, UsernameAndPasswordAreWhatWeLogInWith) {
    const Folder folder;
    const CertificateFiles files = make_certificate(folder.path(), "server", "localhost");
    const auto journal = folder.path() / "logins";
    const int port = free_port();
    const ChildProcess server({"python3", POSTRIDER_SOURCE_DIR "/tests/system/login_server.py",
                               std::to_string(port), files.certificate, files.key, journal});
    DaemonProcess daemon(configuration(
        site.url(), fmt::format("  - name: mail\n    transport: email\n    smtp_url: smtps://localhost:{}\n"
                                "    ca_file: {}\n    username: study\n    password: imitated-password\n"
                                "    from: bot@example.org\n",
                                port, files.certificate)));
    const MessageId id = site.insert({.destination = "pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    EXPECT_THAT(contents(journal), ::testing::HasSubstr(" study imitated-password\n"));
}

TEST_F(MailSettings, TimeoutEndsATransactionThatTakesLonger) {
    SmtpBehaviour slow;
    slow.stage = SmtpBehaviour::Stage::mail;
    slow.hangs = true;
    smtp.next(slow);
    DaemonProcess daemon(mail_config("    timeout: 1s\n"));
    const MessageId id = site.insert({.destination = "pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    EXPECT_GE(smtp.tried(), 2u);
}

}  // namespace
}  // namespace postrider::testing
