#include "transports/email/receiver.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::email {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Kind = WebhookReading::Kind;

struct MarkingSealer final : Sealer {
    std::string address(const std::string& clear) const override {
        return "sealed:" + std::to_string(clear.size());
    }
    std::string text(const std::string& clear) const override {
        return "sealed:" + std::to_string(clear.size());
    }
};

struct ClearSealer final : Sealer {
    std::string address(const std::string& clear) const override { return clear; }
    std::string text(const std::string& clear) const override { return clear; }
};

constexpr const char* head = "From: Pat <Pat@Example.NET>\nTo: Study <study@example.org>\n";
constexpr const char* id = "m17.0123456789abcdef0123456789abcdef@example.org";

MailReading read(const std::string& mail, const Sealer& sealer = ClearSealer(),
                 const std::string& recipient = "") {
    Settings settings;
    settings.from.address = "bot@example.org";
    return make_mail_reader(settings)->read(mail, recipient, sealer);
}

IncomingMessage message_of(const std::string& mail) {
    MailReading result = read(mail);
    EXPECT_EQ(result.reading.kind, Kind::received) << result.reading.reason;
    return result.reading.messages.empty() ? IncomingMessage() : std::move(result.reading.messages.front());
}

std::string text_of(const std::string& mail) { return message_of(mail).text.reveal(); }
std::string metadata_of(const std::string& mail) { return boost::json::serialize(message_of(mail).metadata); }

std::string bounce(const std::string& action, const std::string& status, const std::string& message_id = id,
                   const std::string& more_headers = "") {
    return "From: MAILER-DAEMON@mx.example.net\nTo: bounce@example.org\n"
           "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
           "--b\nContent-Type: text/plain\n\nSorry.\n"
           "--b\nContent-Type: message/delivery-status\n\n"
           "Reporting-MTA: dns; mx.example.net\n\n"
           "Original-Recipient: rfc822;pat@example.net\nFinal-Recipient: rfc822; pat@example.net\nAction: " +
           action + "\nStatus: " + status +
           " (bad address)\nDiagnostic-Code: smtp; 550 no pat@example.net\n\n"
           "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" +
           message_id + ">\nTo: pat@example.net\n" + more_headers + "\n--b--\n";
}

TEST(MailReceiver, APlainMailIsAMessageFromItsFromToWhereItCame) {
    const std::string mail = std::string(head) + "Message-ID: <1@x>\nSubject: Hello\n\nMy knee hurts\n";
    const IncomingMessage message = message_of(mail);
    EXPECT_EQ(message.sender.reveal(), "Pat@example.net");
    EXPECT_EQ(message.recipient.reveal(), "study@example.org");
    EXPECT_EQ(message.provider_id, "1@x");
    EXPECT_EQ(message.text.reveal(), "My knee hurts\n");
    EXPECT_THAT(metadata_of(mail), HasSubstr(R"("email_subject":"Hello")"));
    EXPECT_THAT(metadata_of(mail), HasSubstr(R"("email_message_id":"1@x")"));
    const MailReading named = read(mail, ClearSealer(), "other@Example.org");
    EXPECT_EQ(named.reading.messages.at(0).recipient.reveal(), "other@example.org");
    EXPECT_EQ(message_of("Delivered-To: alias@example.org\n" + mail).recipient.reveal(), "alias@example.org");
}

TEST(MailReceiver, WithoutAMessageIdItsBytesAreItsName) {
    const std::string first = message_of(std::string(head) + "\none").provider_id;
    EXPECT_EQ(first, message_of(std::string(head) + "\none").provider_id);
    EXPECT_NE(first, message_of(std::string(head) + "\ntwo").provider_id);
    EXPECT_THAT(first, SizeIs(7 + 64));
}

TEST(MailReceiver, TheTextIsThePlainPartElseWhatIsSeenOfTheHtml) {
    EXPECT_EQ(text_of(std::string(head) +
                      "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
                      "plain\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n"),
              "plain");
    EXPECT_EQ(text_of(std::string(head) +
                      "Content-Type: text/html\n\n<head><title>x</title></head><style>p{}</style><p>a  "
                      "&lt;b&gt;<br>c&#252;&nbsp;&bogus; <!-- no --><script>1<2</script>d</p>e"),
              "a <b>\nc\xC3\xBC &bogus; d\ne");
}

TEST(MailReceiver, OtherCharacterSetsBecomeUtf8) {
    EXPECT_EQ(text_of(std::string(head) +
                      "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
                      "quoted-printable\n\nGr=FC=DFe"),
              "Grüße");
    EXPECT_EQ(text_of(std::string(head) + "Content-Type: text/plain; charset=utf-8\n\nGr\xFC\xDF"), "Grüß");
    EXPECT_EQ(text_of(std::string(head) + "Content-Type: text/plain; charset=klingon\n\nGr\xFC"), "Grü");
    EXPECT_EQ(text_of(std::string(head) + "\nGrüße"), "Grüße");
    EXPECT_EQ(text_of(std::string(head) + "\n" + std::string("a\0b", 3)), "ab");
}

TEST(MailReceiver, HeadersAreDecodedAndAreNoAddressLists) {
    const std::string metadata =
        metadata_of(std::string(head) + "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nIn-Reply-To: <2@x>\n\nhi");
    EXPECT_THAT(metadata, HasSubstr(R"("email_subject":"Grüße")"));
    EXPECT_THAT(metadata, HasSubstr(R"("email_in_reply_to":"<2@x>")"));
}

TEST(MailReceiver, FilesComeWithTheirNamesAndBytes) {
    const MailReading result =
        read(std::string(head) +
             "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee\n--b\n"
             "Content-Type: application/pdf\nContent-Disposition: attachment; "
             "filename*=utf-8''%C3%9Cber%2E.pdf\nContent-Transfer-Encoding: base64\n\nAAH/\n--b\n"
             "Content-Type: text/plain; name=\"../../etc/passwd\"\n\nx\n--b--\n");
    ASSERT_THAT(result.files, SizeIs(2));
    EXPECT_EQ(result.files[0].name, "Über..pdf");
    EXPECT_EQ(result.files[0].content_type, "application/pdf");
    EXPECT_EQ(result.files[0].bytes, std::string("\x00\x01\xff", 3));
    EXPECT_EQ(result.reading.messages.at(0).text.reveal(), "see");
}

TEST(MailReceiver, WhatIsPrivateInTheMetadataIsSealed) {
    const MailReading result = read(std::string(head) + "Subject: My knee\n\nhurts", MarkingSealer());
    const std::string metadata = boost::json::serialize(result.reading.messages.at(0).metadata);
    EXPECT_THAT(metadata, Not(HasSubstr("knee")));
    EXPECT_THAT(metadata, Not(HasSubstr("Pat")));
}

TEST(MailReceiver, UnsubscribeIsAnOptOutWhereverItStandsAloneAndNoMachineSaysIt) {
    const auto said = [](const std::string& mail) { return message_of(mail).opt_out_type; };
    EXPECT_EQ(said(std::string(head) + "Subject: Unsubscribe\n\nDear all, here is much more."), "STOP");
    EXPECT_EQ(said(std::string(head) + "\nStop, please\n\nOn Monday the study wrote:\n> Hello\n"), "STOP");
    EXPECT_EQ(said(std::string(head) + "\nHello\n> stop\n"), "");
    for (const char* header :
         {"Auto-Submitted: auto-replied\n", "Precedence: bulk\n", "X-Auto-Response-Suppress: All\n"}) {
        const std::string mail = std::string(head) + header + "Subject: Unsubscribe\n\nstop";
        EXPECT_TRUE(message_of(mail).says_nothing_of_opt_out) << header;
        EXPECT_THAT(metadata_of(mail), HasSubstr("email_auto_submitted"));
    }
    EXPECT_FALSE(message_of(std::string(head) + "Auto-Submitted: no\n\nstop").says_nothing_of_opt_out);
}

TEST(MailReceiver, WhatNamesNoSenderOrRecipientIsNoMessage) {
    for (const char* mail : {"", "no headers at all", "From: nobody\nTo: a@b.example\n\nx",
                             "From: a@b.example\n\nx", "From: a@b.example\nTo: <>\n\nx"})
        EXPECT_EQ(read(mail).reading.kind, Kind::broken) << mail;
}

TEST(MailReceiver, AFailureThatAServerReportsFailsTheMessageWithoutItsAddress) {
    const MailReading result = read(bounce("failed", "5.1.1"));
    ASSERT_THAT(result.reading.reports, SizeIs(1));
    EXPECT_THAT(result.reading.messages, IsEmpty());
    const DeliveryReport& report = result.reading.reports.front();
    EXPECT_EQ(report.provider_id, id);
    EXPECT_EQ(report.state, DeliveryState::failed);
    EXPECT_EQ(report.reason, "a mail server could not deliver it: status 5.1.1");
    EXPECT_EQ(boost::json::serialize(report.metadata), R"({"email_status":"5.1.1"})");
}

TEST(MailReceiver, ADelayIsNoFailureAndAFailureComesBehindIt) {
    const DeliveryReport delayed = read(bounce("delayed", "4.4.1")).reading.reports.at(0);
    EXPECT_EQ(delayed.state, DeliveryState::under_way);
    EXPECT_LT(delayed.rank, read(bounce("failed", "4.4.7")).reading.reports.at(0).rank);
    EXPECT_EQ(read(bounce("delivered", "2.0.0")).reading.reports.at(0).state, DeliveryState::delivered);
}

TEST(MailReceiver, AReportAboutMailThatIsNotOursIsAMessageLikeAnother) {
    for (const char* other : {"1@x", "m17.0123@example.org", "m.0123456789abcdef0123456789abcdef@example.org",
                              "m17.0123456789abcdef0123456789abcdef@example.com",
                              "m17.0123456789ABCDEF0123456789ABCDEF@example.org"}) {
        const MailReading result = read(bounce("failed", "5.1.1", other));
        EXPECT_THAT(result.reading.reports, IsEmpty()) << other;
        EXPECT_THAT(result.reading.messages, SizeIs(1)) << other;
    }
}

TEST(MailReceiver, AReportThatReturnsNoHeadersIsKnownByTheAddressThatItCameTo) {
    const auto to = [](const std::string& address) {
        Settings settings;
        settings.from.address = "bot@example.org";
        settings.envelope_sender = "Bounce@example.org";
        return make_mail_reader(settings)
            ->read(bounce("failed", "5.1.1", "another@x"), address, ClearSealer())
            .unproved;
    };
    const auto report = to("bounce+m17.0123456789abcdef@Example.org");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->message, 17);
    EXPECT_EQ(report->beginning, "m17.0123456789abcdef");
    EXPECT_EQ(report->report.state, DeliveryState::failed);
    for (const char* other :
         {"bounce@example.org", "bounce+m17@example.org", "bounce+m17.@example.org",
          "bounce+m17.01@example.org", "bounce+m.0123456789abcdef@example.org",
          "bounce+m-1.0123456789abcdef@example.org", "bounce+m17.0123456789abcdef@example.com",
          "other+m17.0123456789abcdef@example.org",
          "bounce+m99999999999999999999.0123456789abcdef@example.org"})
        EXPECT_FALSE(to(other)) << other;
    EXPECT_FALSE(
        read(bounce("failed", "5.1.1", "another@x"), ClearSealer(), "bounce+m17.0123456789abcdef@example.org")
            .unproved)
        << "there is no envelope_sender";
}

TEST(MailReceiver, OfWhatWentToACopyNothingIsConcluded) {
    const DeliveryReport report =
        read(bounce("failed", "5.1.1", id, "Cc: Nurse <PAT@example.net>\n")).reading.reports.at(0);
    EXPECT_EQ(report.state, DeliveryState::under_way);
}

TEST(MailReceiver, CutShortAnywhereOrNestedWithoutEndItIsReadAllTheSame) {
    const std::string whole = bounce("failed", "5.1.1");
    for (std::size_t length = 0; length < whole.size(); ++length) read(whole.substr(0, length));
    std::string nested = head;
    for (int i = 0; i < 5000; ++i) {
        const std::string boundary = "b" + std::to_string(i);
        nested += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
    }
    EXPECT_EQ(read(nested).reading.kind, Kind::received);
    const std::string large = std::string(head) + "\n" + std::string(std::size_t{10} << 20, 'x');
    EXPECT_EQ(text_of(large).size(), std::size_t{10} << 20);
}

}  // namespace
}  // namespace postrider::email
