// E-mail through a real server, read by somebody else's reader.
#include "tests/support/base64.h"
#include "tests/support/smtp_imitation.h"
#include "tests/system/daemon_process.h"
#include "tests/system/postfix.h"
#include "tests/system/program.h"
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

std::string mail_channel(std::string_view scheme, unsigned port, const std::string& more) {
    return fmt::format(
        "  - name: mail\n    transport: email\n    default: true\n    smtp_url: {}://localhost:{}\n"
        "    from: Study Bot <bot@example.org>\n    subject: From the study\n{}",
        scheme, port, more);
}

class Email : public SystemTest {
protected:
    std::string mail_config(std::string_view scheme, unsigned port, const std::string& more = "") {
        return configuration(site.url(), mail_channel(scheme, port, more),
                             fmt::format("media: {{ root: {} }}\n", media.path().string()));
    }
    MessageId insert(const std::string& text, const std::string& metadata) {
        NewRow row;
        row.destination = "pat@example.net";
        row.message = text;
        row.transmission_metadata = metadata;
        return site.insert(row);
    }
    Folder media;
};

/// Against a Postfix, where there can be one.
class EmailByPostfix : public Email {
protected:
    void SetUp() override {
        if (const std::string obstacle = Postfix::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    }
    static json::object read(const std::filesystem::path& mail) {
        const Ran ran = run_program({"python3", POSTRIDER_SOURCE_DIR "/tests/system/read_mail.py", mail});
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        return json::parse(ran.out).as_object();
    }
};

TEST_F(EmailByPostfix, WithHtmlAndFilesArrivesAsItWasMeant) {
    Postfix server;
    const std::string text = "Grüße, Pat!\n.A line with a dot\nThe end";
    const std::string file("\x00\x01\xff\r\n.\r\n%PDF", 12);
    std::filesystem::create_directory(media.path() / "files");
    media.write("files/Überweisung 7.pdf", file);
    const MessageId id = insert(text, R"({"email_subject": "Résultats – \u2603", "name": "<Pat>",
        "email_cc_addresses": ["Nürse <nurse@example.net>"], "email_bcc_addresses": ["audit@example.net"],
        "email_html_content": "<p>Hi {{ name }}</p>"})");
    site.execute(
        fmt::format("insert into simple_messaging_outgoingmessagemedia (message_id, index, content_file, "
                    "content_type) values "
                    "({}, 0, 'files/Überweisung 7.pdf', 'application/pdf')",
                    id));
    DaemonProcess daemon(mail_config("smtps", server.submissions_port(),
                                     fmt::format("    ca_file: {}\n", server.ca_file().string())));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("email_message_id"));
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("email_queue_id"));
    const auto mails = server.wait_for_mail(3);
    ASSERT_EQ(mails.size(), 3u) << server.log();
    const json::object mail = read(mails[0]);
    const json::object& headers = mail.at("headers").as_object();
    EXPECT_EQ(headers.at("subject"), "Résultats – ☃");
    EXPECT_EQ(headers.at("from"), "Study Bot <bot@example.org>");
    EXPECT_EQ(headers.at("cc"), "Nürse <nurse@example.net>");
    EXPECT_FALSE(headers.contains("bcc"));
    EXPECT_TRUE(mail.at("defects").as_array().empty()) << mail.at("defects");
    EXPECT_EQ(mail.at("type"), "multipart/mixed");
    const json::array& parts = mail.at("parts").as_array();
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].at("type"), "text/plain");
    EXPECT_THAT(std::string(parts[0].at("text").as_string()), HasSubstr("Grüße, Pat!"));
    EXPECT_THAT(std::string(parts[0].at("text").as_string()), HasSubstr("\n.A line with a dot"));
    EXPECT_EQ(parts[1].at("type"), "text/html");
    EXPECT_THAT(std::string(parts[1].at("text").as_string()), HasSubstr("<p>Hi &lt;Pat&gt;</p>"));
    EXPECT_EQ(parts[2].at("name"), "Überweisung 7.pdf");
    EXPECT_EQ(parts[2].at("bytes").as_string(), base64(file));
}

TEST_F(EmailByPostfix, ByStarttlsIsEncrypted) {
    Postfix server;
    const MessageId id = insert("hi", "{}");
    DaemonProcess daemon(mail_config("smtp", server.submission_port(),
                                     fmt::format("    ca_file: {}\n", server.ca_file().string())));
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    const auto mails = server.wait_for_mail(1);
    ASSERT_EQ(mails.size(), 1u) << server.log();
    EXPECT_THAT(contents(mails[0]), HasSubstr("ESMTPS"));
}

TEST_F(EmailByPostfix, ToAServerWhoseCertificateIsNotTrustedWaitsAndIsNamed) {
    Postfix server;
    const MessageId id = insert("hi", "{}");
    DaemonProcess daemon(mail_config("smtps", server.submissions_port()));
    ASSERT_TRUE(daemon.wait_for_status("certificate")) << daemon.log();
    EXPECT_TRUE(site.row(id).waits());
    EXPECT_EQ(server.wait_for_mail(0).size(), 0u);
}

TEST_F(EmailByPostfix, WhoseServerDiesBeforeItAnswersIsInDoubtByName) {
    Postfix server("smtpd_end_of_data_restrictions = sleep 600\n");
    const MessageId id = insert("hi", "{}");
    DaemonProcess daemon(mail_config("smtp", server.submission_port(),
                                     fmt::format("    ca_file: {}\n", server.ca_file().string())));
    // All of the message has left once the server waits before its answer.
    ASSERT_TRUE(eventually([&] { return site.value("select count(*) from postrider.attempt") == "1"; }))
        << daemon.log();
    ASSERT_TRUE(eventually([&] {
        return run_program({"pgrep", "-f", "cleanup -z -t unix"}).exit_code == 0;
    }));
    server.kill();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).errored);
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("in doubt"));
    EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr("did not say whether it took the message"));
}

TEST_F(Email, ARefusedRecipientIsGivenUpAndOthersArrive) {
    SmtpImitation server;
    server.next(SmtpBehaviour::refuse(SmtpBehaviour::Stage::rcpt, "550 5.1.1 no pat@example.net here"));
    DaemonProcess daemon(mail_config("smtp", server.port(), "    starttls: none\n"));
    const MessageId refused = insert("first", "{}");
    ASSERT_TRUE(site.wait_for_end(refused)) << daemon.log();
    EXPECT_TRUE(site.row(refused).errored);
    EXPECT_THAT(site.row(refused).metadata.value_or(""), HasSubstr("code 550 5.1.1"));
    const MessageId next = insert("second", "{}");
    ASSERT_TRUE(site.wait_for_end(next)) << daemon.log();
    EXPECT_TRUE(site.row(next).ended_well());
    EXPECT_EQ(daemon.log().find("pat@example.net"), std::string::npos);
}

TEST_F(Email, MessagesShareSessions) {
    SmtpImitation server;
    DaemonProcess daemon(mail_config("smtp", server.port(), "    starttls: none\n    concurrency: 1\n"));
    for (int i = 0; i < 20; ++i) insert("hi", "{}");
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_EQ(server.accepted().size(), 20u);
    EXPECT_LE(server.sessions(), 2);
}

}  // namespace
}  // namespace postrider::testing
