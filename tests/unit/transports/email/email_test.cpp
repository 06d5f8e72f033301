// Requests become mail, and arrive.
#include "tests/support/fake_permit.h"
#include "tests/support/smtp_imitation.h"
#include "tests/support/transport_world.h"
#include "transports/email/request.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace postrider::email {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Mail;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::SmtpBehaviour;

struct EmailTest : testing::TransportWorld {
    ~EmailTest() override { stop(); }

    std::string settings(const std::string& more = "") const {
        return fmt::format(
            "smtp_url: smtp://127.0.0.1:{}\nstarttls: none\nfrom: Study Bot <bot@example.org>\n"
            "subject: A message\n{}",
            server.port(), more);
    }
    PreparedRequest request(std::string text = "Visit at 9:00", std::optional<std::string> metadata = {}) {
        PreparedRequest request;
        request.attempt.id = 7;
        request.message.id = 81;
        request.token = "0123456789abcdef0123456789abcdef";
        request.destination = Address("pat@example.net");
        request.text = Text(std::move(text));
        request.metadata = std::move(metadata);
        return request;
    }
    Outcome send(PreparedRequest request) {
        if (!transport) transport = made("email", settings());
        std::vector<PreparedRequest> requests;
        requests.push_back(std::move(request));
        return result_of(transport->send(std::move(requests), permit)).at(0);
    }
    Mail sent(PreparedRequest request) {
        EXPECT_EQ(send(std::move(request)).verdict, Verdict::sent);
        return server.accepted().back();
    }
    std::string refusal(std::string metadata) {
        const Outcome outcome = send(request("hi", std::move(metadata)));
        EXPECT_EQ(outcome.verdict, Verdict::rejected);
        return outcome.reason;
    }

    testing::SmtpImitation server;
    testing::FakePermit permit;
    std::unique_ptr<Transport> transport;
};

TEST_F(EmailTest, AMessageHasTheHeadersThatMailMustHave) {
    const Mail mail = sent(request());
    EXPECT_EQ(mail.header("From"), "Study Bot <bot@example.org>");
    EXPECT_EQ(mail.header("To"), "pat@example.net");
    EXPECT_EQ(mail.header("Subject"), "A message");
    EXPECT_EQ(mail.header("Date"), "Tue, 01 Jan 2030 00:00:00 +0000");
    EXPECT_EQ(mail.header("Message-Id"), "<m81.0123456789abcdef0123456789abcdef@example.org>");
    EXPECT_EQ(mail.header("Auto-Submitted"), "auto-generated");
    EXPECT_THAT(mail.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_THAT(mail.content, HasSubstr("\r\n\r\nVisit at 9:00"));
    EXPECT_EQ(server.protocol_faults(), 0);
}

TEST_F(EmailTest, TextsAreUtf8WhateverTheySay) {
    const Mail mail = sent(request("Grüße"));
    EXPECT_EQ(mail.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_THAT(mail.content, HasSubstr("\r\n\r\nGr=C3=BC=C3=9Fe"));
}

TEST_F(EmailTest, ItIsTheSameByteForByteAtEveryTry) {
    const std::string html = R"({"email_html_content": "<p>hi</p>"})";
    EXPECT_EQ(sent(request("hi", html)).content, sent(request("hi", html)).content);
}

TEST_F(EmailTest, TheKeysOfTheDjangoPackageDecideSubjectSenderAndCopies) {
    const Mail mail = sent(request("hi", R"({"email_subject": "Résultats", "email_from_address":
        "Clinic <clinic@example.org>", "email_cc_addresses": ["Nurse <nurse@example.org>"],
        "email_bcc_addresses": ["audit@example.org", "nurse@example.org"]})"));
    EXPECT_EQ(mail.header("From"), "Clinic <clinic@example.org>");
    EXPECT_EQ(mail.header("Cc"), "Nurse <nurse@example.org>");
    EXPECT_THAT(mail.header("Subject"), MatchesRegex("=\\?(utf|UTF)-8\\?.*\\?="));
    EXPECT_THAT(mail.recipients, ElementsAre("pat@example.net", "nurse@example.org", "audit@example.org"));
    EXPECT_EQ(mail.sender, "clinic@example.org");
    EXPECT_THAT(mail.content, Not(HasSubstr("audit"))) << "a blind copy stays blind";
}

TEST_F(EmailTest, HtmlIsATemplateWhoseValuesAreEscaped) {
    const Mail mail =
        sent(request("hi", R"({"name": "<b>Pat</b>", "email_html_content": "<p>Hi {{ name }}</p>"})"));
    EXPECT_THAT(mail.header("Content-Type"), HasSubstr("multipart/alternative"));
    EXPECT_THAT(mail.content, HasSubstr("<p>Hi &lt;b&gt;Pat&lt;/b&gt;</p>"));
}

TEST_F(EmailTest, BouncesComeBackWithTheMessagesToken) {
    transport = made("email", settings("envelope_sender: bounces@example.org\n"));
    EXPECT_EQ(sent(request()).sender, "bounces+m81.0123456789abcdef@example.org");
}

TEST_F(EmailTest, LinesAreNeverTooLongAndEndAsTheyMust) {
    const std::string line(5000, 'x');
    const Mail mail = sent(
        request(line + "\n.\n.dot\r\nbare\rend", R"({"email_subject": ")" + std::string(800, 's') + "\"}"));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = mail.content.find("\r\n", begin)) != std::string::npos;
         begin = end + 2) {
        EXPECT_LE(end - begin, 998u);
    }
    EXPECT_EQ(server.protocol_faults(), 0);
}

TEST_F(EmailTest, WhatWouldSplitAHeaderIsRefusedAndNotCleaned) {
    EXPECT_EQ(refusal(R"({"email_subject": "hi\r\nBcc: evil@x.org"})"),
              "email_subject in its metadata is not one line of UTF-8");
    EXPECT_EQ(refusal(R"({"email_from_address": "a@x.org\nBcc: evil@x.org"})"),
              "email_from_address in its metadata has control characters");
    EXPECT_EQ(refusal(R"({"email_cc_addresses": ["ok@x.org", "no>\r\nRCPT TO:<b@x.org"]})"),
              "email_cc_addresses in its metadata: address 2 has control characters");
    EXPECT_EQ(server.tried(), 0u);
}

TEST_F(EmailTest, MetadataOfTheWrongKindIsNamed) {
    EXPECT_EQ(refusal(R"({"email_cc_addresses": "a@x.org"})"),
              "email_cc_addresses in its metadata is no list");
    EXPECT_EQ(refusal(R"({"email_bcc_addresses": [7]})"),
              "email_bcc_addresses in its metadata is no list of texts");
    EXPECT_EQ(refusal(R"({"email_subject": 7})"), "email_subject in its metadata is no text");
    EXPECT_THAT(refusal(R"({"email_html_content": "{% if %}"})"),
                HasSubstr("email_html_content is a template with a fault"));
}

TEST_F(EmailTest, WhatIsNoAddressIsRefusedWithoutRepeatingIt) {
    PreparedRequest to_nobody = request();
    to_nobody.destination = Address("+13125550123");
    const Outcome outcome = send(std::move(to_nobody));
    EXPECT_EQ(outcome.verdict, Verdict::rejected);
    EXPECT_EQ(outcome.reason, "the destination is no e-mail address");
}

TEST_F(EmailTest, FilesGoAlongUnderTheirNames) {
    const auto path = std::filesystem::temp_directory_path() / "Überweisung 7.pdf";
    std::ofstream(path) << "%PDF";
    PreparedRequest with_file = request();
    with_file.media.push_back({path.string(), "application/pdf", 4, ""});
    const Mail mail = sent(std::move(with_file));
    EXPECT_THAT(mail.content, AllOf(HasSubstr("multipart/mixed"), HasSubstr("application/pdf"),
                                    HasSubstr("JVBERg=="), HasSubstr("filename*=")));
    std::filesystem::remove(path);
}

TEST_F(EmailTest, AFileThatIsGoneMeanwhileIsNoReasonToGiveUp) {
    PreparedRequest with_file = request();
    with_file.media.push_back({"/none/such.pdf", "application/pdf", 4, ""});
    EXPECT_EQ(send(std::move(with_file)).verdict, Verdict::deferred);
}

TEST_F(EmailTest, WithoutThePermitNothingLeaves) {
    permit.grants = false;
    EXPECT_EQ(send(request()).verdict, Verdict::deferred);
    EXPECT_THAT(server.accepted(), IsEmpty());
}

TEST_F(EmailTest, AnAnswerThatIsLostIsADoubt) {
    server.next(SmtpBehaviour::lose_answer(true));
    EXPECT_EQ(send(request()).verdict, Verdict::in_doubt);
}

}  // namespace
}  // namespace postrider::email
