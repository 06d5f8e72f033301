// Mail that a mail server hands to `postrider receive`, on the real database.
#include "tests/support/smtp_imitation.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* key =
    "encryption:\n  secret_key: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n  encrypt: [addresses, text]\n";

class Receive : public SystemTest {
protected:
    static std::string mail(const std::string& subject, const std::string& rest,
                            const std::string& id = "1@x") {
        return fmt::format(
            "From: Pat Smith <pat@Example.net>\nTo: study@example.org\nMessage-ID: <{}>\nSubject: {}\n{}", id,
            subject, rest);
    }
    std::string mail_config(const std::string& more = "", std::string database = "", unsigned port = 9) {
        if (database.empty()) database = site.url();
        return configuration(
            database,
            fmt::format("  - name: mail\n    transport: email\n    default: true\n    smtp_url: "
                        "smtp://localhost:{}\n    starttls: none\n    from: Study Bot <bot@example.org>\n"
                        "    envelope_sender: bounce@example.org\n"
                        "  - name: sms\n    transport: loopback\n",
                        port),
            fmt::format("media: {{ root: {} }}\n", media.path().string()) + more);
    }
    Ran receive(const std::string& message, const std::string& settings,
                const std::string& channel = "mail") {
        const auto file = folder.write("postrider.yaml", settings);
        return postrider_command({"receive", "--channel", channel, "-c", file}, message);
    }
    Ran receive(const std::string& message) { return receive(message, mail_config()); }
    long long rows() { return site.number("select count(*) from simple_messaging_incomingmessage"); }
    std::string value(const std::string& expression) {
        return site.value("select " + expression + " from simple_messaging_incomingmessage");
    }
    std::size_t files() const {
        std::size_t count = 0;
        std::error_code none;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(media.path(), none))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    Folder folder;
    Folder media;
};

TEST_F(Receive, AMailIsARowOnceHoweverOftenItComesAndItsFilesAreKept) {
    const std::string message =
        mail("Hello",
             "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nMy knee hurts\n--b\n"
             "Content-Type: application/pdf; name=\"../../x.pdf\"\n"
             "Content-Disposition: attachment\n\nPDF\n--b--\n");
    for (int i = 0; i < 3; ++i) {
        const Ran ran = receive(message);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
    }
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(value("sender"), "pat@example.net");
    EXPECT_EQ(value("recipient"), "study@example.org");
    EXPECT_EQ(value("message"), "My knee hurts");
    EXPECT_EQ(value("transmission_metadata::json ->> 'email_subject'"), "Hello");
    EXPECT_EQ(value("transmission_metadata::json ->> 'message_channel'"), "mail");
    const std::string name = site.value(
        "select content_file from simple_messaging_incomingmessagemedia where content_url is null");
    EXPECT_EQ(contents(media.path() / name), "PDF");
    EXPECT_EQ(files(), 1u);
}

TEST_F(Receive, WithAKeyNothingOfItRestsInTheClear) {
    const Ran ran = receive(mail("My knee", "\nIt hurts badly\n"), mail_config(key));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(rows(), 1);
    for (const char* clear : {"Pat Smith", "pat@", "My knee", "hurts"}) {
        EXPECT_THAT(site.dump_all_tables(), Not(HasSubstr(clear)));
        EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(clear)));
    }
}

TEST_F(Receive, WhatCannotBeStoredNowIsHandedBackForLater) {
    const Ran away =
        receive(mail("Hi", "\nMy knee hurts"), mail_config("", "postgresql://x@127.0.0.1:9/none"));
    EXPECT_EQ(away.exit_code, 75) << away.err;
    EXPECT_THAT(away.err, Not(HasSubstr("knee")));
    EXPECT_THAT(away.err, Not(HasSubstr("pat@")));
    std::filesystem::remove_all(media.path());
    const Ran no_disk = receive(mail("Hi", "Content-Disposition: attachment\n\nfile"));
    EXPECT_EQ(no_disk.exit_code, 75) << no_disk.err;
    EXPECT_EQ(rows(), 0);
}

TEST_F(Receive, WhatIsNoMessageOrTooLargeOrForNoChannelIsRefused) {
    EXPECT_EQ(receive("").exit_code, 65);
    EXPECT_EQ(receive("no mail").exit_code, 65);
    EXPECT_EQ(receive(mail("Hi", "\n" + std::string((std::size_t{25} << 20) + 1, 'x'))).exit_code, 65);
    EXPECT_EQ(receive(mail("Hi", "\nx"), mail_config(), "nobody").exit_code, 2);
    EXPECT_EQ(receive(mail("Hi", "\nx"), mail_config(), "sms").exit_code, 2);
    EXPECT_EQ(receive(mail("Hi", "\nx"), "nonsense: true\n").exit_code, 2);
    EXPECT_EQ(rows(), 0);
}

TEST_F(Receive, MailOfABlockedSenderIsTakenAndKeptNowhere) {
    site.execute(
        "insert into simple_messaging_blockedsender (sender, blocked) values ('pat@example.net', now())");
    EXPECT_EQ(receive(mail("Hi", "Content-Disposition: attachment\n\nfile")).exit_code, 0);
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(files(), 0u);
}

TEST_F(Receive, WhoMailsUnsubscribeIsSuppressedAndAHolidayNoticeIsNot) {
    EXPECT_EQ(receive(mail("Stop", "Auto-Submitted: auto-replied\n\nstop", "1@x")).exit_code, 0);
    EXPECT_EQ(site.number("select count(*) from postrider.suppression"), 0);
    EXPECT_EQ(receive(mail("Unsubscribe", "\nThank you for all that you have done.", "2@x")).exit_code, 0);
    EXPECT_EQ(site.value("select channel || cause from postrider.suppression"), "mailstop");
    EXPECT_EQ(rows(), 2);
}

TEST_F(Receive, ABounceErrorsItsMessageAndAnInventedOneDoesNot) {
    SmtpImitation server;
    const std::string settings = mail_config("", "", server.port());
    DaemonProcess daemon(settings);
    const MessageId id = site.insert({.destination = "pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const auto bounce = [](const std::string& message_id) {
        return "From: MAILER-DAEMON@mx.example.net\nTo: bot@example.org\nContent-Type: multipart/report; "
               "report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: "
               "message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; "
               "pat@example.net\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\n"
               "Message-ID: <" +
               message_id + ">\nTo: pat@example.net\n\nhi\n--b--\n";
    };
    const std::string invented = fmt::format("m{}.{}@example.org", id, std::string(32, 'a'));
    EXPECT_EQ(receive(bounce(invented), settings).exit_code, 0);
    ASSERT_TRUE(eventually([&] {
        return site.number("select count(*) from postrider.delivery_report where look_at > now()") == 1;
    })) << "the daemon has looked";
    EXPECT_FALSE(site.row(id).errored);
    const std::string ours = site.value("select provider_id from postrider.attempt_history");
    EXPECT_EQ(receive(bounce(ours), settings).exit_code, 0);
    ASSERT_TRUE(eventually([&] { return site.row(id).errored; })) << daemon.log();
    EXPECT_TRUE(site.row(id).says("a mail server could not deliver it: status 5.1.1"));
    EXPECT_EQ(rows(), 0);
}

TEST_F(Receive, ABounceWithoutHeadersIsProvedByTheTokenInTheAddressThatItCameTo) {
    SmtpImitation server;
    const std::string settings = mail_config("", "", server.port());
    DaemonProcess daemon(settings);
    const MessageId id = site.insert({.destination = "pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const auto bounce = [](const std::string& address) {
        return "From: MAILER-DAEMON@mx.example.net\nTo: " + address +
               "\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; boundary=b\n\n--b\n\n"
               "Sorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
               "Final-Recipient: rfc822; pat@example.net\nAction: failed\nStatus: 5.2.2\n\n--b--\n";
    };
    const std::string invented = fmt::format("bounce+m{}.{}@example.org", id, std::string(16, 'a'));
    EXPECT_EQ(receive(bounce(invented), settings).exit_code, 0);
    EXPECT_EQ(rows(), 1) << "it is stored as a message that nobody can prove";
    EXPECT_EQ(site.number("select count(*) from postrider.delivery_report"), 0);
    const std::string ours = server.accepted().at(0).sender;
    EXPECT_THAT(ours, HasSubstr("bounce+m"));
    EXPECT_EQ(receive(bounce(ours), settings).exit_code, 0);
    ASSERT_TRUE(eventually([&] { return site.row(id).errored; })) << daemon.log();
    EXPECT_TRUE(site.row(id).says("a mail server could not deliver it: status 5.2.2"));
    EXPECT_EQ(rows(), 1);
}

TEST_F(Receive, AComplaintSuppressesWhomTheMessageWentToAndAnInventedOneNobody) {
    SmtpImitation server;
    const std::string settings = mail_config(key, "", server.port());
    DaemonProcess daemon(settings);
    const MessageId id = site.insert({.destination = "Pat@example.net"});
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    const auto complaint = [](const std::string& message_id, const std::string& type = "abuse") {
        return "From: feedback@arf.example.com\nTo: abuse@example.org\nContent-Type: multipart/report; "
               "report-type=feedback-report; boundary=b\n\n--b\n\nstop\n--b\nContent-Type: "
               "message/feedback-report\n\nFeedback-Type: " +
               type +
               "\nUser-Agent: x\nVersion: 1\nOriginal-Rcpt-To: somebody-else@example.net\n\n--b\n"
               "Content-Type: message/rfc822\n\nMessage-ID: <" +
               message_id + ">\nTo: somebody-else@example.net\n\nhi\n--b--\n";
    };
    const auto suppressed = [&] { return site.number("select count(*) from postrider.suppression"); };
    const std::string ours = site.value("select provider_id from postrider.attempt_history");
    for (const std::string& nothing : {complaint(fmt::format("m{}.{}@example.org", id, std::string(32, 'a'))),
                                       complaint(ours, "not-spam"), complaint("1@elsewhere.example.com")})
        EXPECT_EQ(receive(nothing, settings).exit_code, 0);
    EXPECT_EQ(suppressed(), 0);
    EXPECT_EQ(site.number("select count(*) from postrider.delivery_report"), 0);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(receive(complaint(ours), settings).exit_code, 0);
    EXPECT_EQ(suppressed(), 1);
    EXPECT_EQ(site.value("select cause || channel from postrider.suppression"), "complaintmail");
    ASSERT_TRUE(eventually([&] {
        return site.value("select delivery from postrider.messages") == "complaint";
    })) << daemon.log();
    EXPECT_FALSE(site.row(id).errored);
    EXPECT_TRUE(site.row(id).says("\"email_complaint\": \"abuse\"")) << site.row(id).metadata.value_or("");
    ASSERT_TRUE(eventually([&] {
        const MessageId next = site.insert({.destination = "pat@example.net"});
        return site.wait_for_end(next) && site.row(next).says("opted out");
    })) << daemon.log();
    const MessageId other = site.insert({.destination = "somebody-else@example.net"});
    ASSERT_TRUE(site.wait_for_end(other));
    EXPECT_TRUE(site.row(other).ended_well());
}

TEST_F(Receive, WhatTheSitesDatabaseRefusesIsHandedBackForGood) {
    site.execute(
        "alter table simple_messaging_incomingmessage add constraint no_knees check (message <> 'knee')");
    const Ran refused = receive(mail("Hi", "\nknee"));
    EXPECT_EQ(refused.exit_code, 65) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("the database refuses it for what is in it"));
    EXPECT_EQ(receive(mail("Hi", "\nelbow", "2@x")).exit_code, 0);
    EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace postrider::testing
