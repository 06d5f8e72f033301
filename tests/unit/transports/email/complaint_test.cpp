// Complaints as mailbox providers word them.
#include "transports/email/receiver.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::email {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct NoSealer final : Sealer {
    std::string address(const std::string& clear) const override { return clear; }
    std::string text(const std::string& clear) const override { return clear; }
};

constexpr const char* id = "m17.0123456789abcdef0123456789abcdef@example.org";
constexpr const char* envelope = "bounce+m17.0123456789abcdef@example.org";

MailReading read(const std::string& mail) {
    Settings settings;
    settings.from.address = "bot@example.org";
    settings.envelope_sender = "bounce@example.org";
    return make_mail_reader(settings)->read(mail, "", NoSealer());
}

/// As Yahoo sends them: all of the message, and the field that tells the envelope's recipient.
std::string whole_message(const std::string& type, const std::string& message_id,
                          const std::string& sender = "someone@example.com", const std::string& more = "") {
    return "From: <feedback@arf.mail.example.net>\r\nTo: <abuse@example.org>\r\nSubject: FW: Visit\r\n"
           "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report;\r\n"
           "\tboundary=\"--=_arf\"\r\n\r\n"
           "----=_arf\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\nstop\r\n"
           "----=_arf\r\nContent-Type: message/feedback-report\r\nContent-Disposition: inline\r\n\r\n"
           "Feedback-Type: " +
           type + "\r\nUser-Agent: Feedback/1.0\r\nVersion: 0.1\r\nOriginal-Mail-From:\r\n <" + sender +
           ">\r\nOriginal-Rcpt-To: pat@example.net\r\nReceived-Date: Mon, 2 Feb 2026 10:00:00 +0000\r\n"
           "Reported-Domain: example.org\r\nAuthentication-Results: dkim=pass\r\n\r\n"
           "----=_arf\r\nContent-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n"
           "From: bot@example.org\r\nTo: pat@example.net\r\n" +
           more + "Message-ID: <" + message_id + ">\r\nSubject: Visit\r\n\r\nVisit at 9\r\n----=_arf--\r\n";
}

/// As AOL sent them, and others do: the recipient is hidden, and the headers alone come back, in base64.
constexpr const char* hidden_recipient =
    "From: scomp@example.net\nTo: abuse@example.org\nSubject: Email Feedback Report for IP 192.0.2.1\n"
    "Content-Type: multipart/report; boundary=x; report-type=\"feedback-report\"\n\n"
    "--x\nContent-Type: text/plain; charset=US-ASCII\n\nThis is an email abuse report.\n"
    "--x\nContent-Disposition: inline\nContent-Type: message/feedback-report\n\n"
    "feedback-type: Abuse\nUser-Agent: AOL SComp\nVersion: 0.1\nReceived-Date: Mon, 2 Feb 2026\n"
    "Source-IP: 192.0.2.1\nOriginal-Rcpt-To: redacted-1234@example.net\n\n"
    "--x\nContent-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n"
    // Message-ID: <m17.0123456789abcdef0123456789abcdef@example.org>
    "TWVzc2FnZS1JRDogPG0xNy4wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZkBleGFtcGxl\nLm9yZz4K\n--x--\n";

TEST(MailComplaints, AreKnownByTheMessageIdOfWhatTheyReturn) {
    for (const std::string& mail : {whole_message("abuse", id), std::string(hidden_recipient)}) {
        const MailReading result = read(mail);
        ASSERT_TRUE(result.unproved) << mail;
        EXPECT_EQ(result.unproved->message, 17);
        EXPECT_EQ(result.unproved->beginning, id);
        const DeliveryReport& report = result.unproved->report;
        EXPECT_TRUE(report.is_complaint);
        EXPECT_EQ(report.status, "complaint");
        EXPECT_EQ(report.state, DeliveryState::delivered);
        EXPECT_FALSE(report.recipient) << "the report's word for it is not taken";
        EXPECT_EQ(boost::json::serialize(report.metadata), R"({"email_complaint":"abuse"})");
        EXPECT_THAT(result.reading.reports, IsEmpty());
    }
}

TEST(MailComplaints, ElseByTheSenderOfTheEnvelope) {
    const MailReading result = read(whole_message("opt-out", "rewritten@relay.example.com", envelope));
    ASSERT_TRUE(result.unproved);
    EXPECT_EQ(result.unproved->message, 17);
    EXPECT_EQ(result.unproved->beginning, "m17.0123456789abcdef");
}

TEST(MailComplaints, WhatSaysAnythingElseIsNone) {
    for (const char* type : {"not-spam", "auth-failure", "virus", "dmarc", "", "abuse, not-spam"})
        EXPECT_FALSE(read(whole_message(type, id, envelope)).unproved) << type;
    EXPECT_FALSE(read(whole_message("abuse", "1@example.com")).unproved) << "not about one of ours";
    EXPECT_FALSE(read(whole_message("abuse", "m17.xyz@example.org", "bounce+m17.x@example.org")).unproved);
    EXPECT_FALSE(read(whole_message("abuse", id, envelope, "Cc: Pat@Example.net\r\n")).unproved)
        << "a copy's";
}

TEST(MailComplaints, ThatAreNotProvedAreMessagesThatSayNothingOfBeingWrittenTo) {
    const MailReading result = read(whole_message("abuse", id));
    ASSERT_THAT(result.reading.messages, SizeIs(1));
    EXPECT_TRUE(result.reading.messages[0].says_nothing_of_opt_out);
    EXPECT_THAT(result.reading.reports, IsEmpty());
}

TEST(MailComplaints, CutShortTheyAreReadAsFarAsTheyGo) {
    const std::string whole = whole_message("abuse", id, envelope);
    for (std::size_t size = 0; size < whole.size(); ++size) read(whole.substr(0, size));
}

}  // namespace
}  // namespace postrider::email
