#include "transports/twilio/receiver.h"

#include "tests/support/plain_sealer.h"
#include "tests/support/signed_webhook.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::twilio {
namespace {

using postrider::testing::PlainSealer;
using postrider::testing::sign_as_twilio;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = WebhookReading::Kind;
using Fields = std::map<std::string, std::string>;

constexpr const char* url = "https://messages.example.org/incoming";
constexpr const char* account = "AC0123456789abcdef0123456789abcdef";
constexpr const char* sid = "SM11111111111111111111111111111111";

struct TwilioReceiverTest : ::testing::Test {
    TwilioReceiverTest() {
        settings.account_sid = account;
        settings.auth_token = Secret("token");
        settings.from = "+13125550100";
    }

    static Fields incoming() {
        return {{"AccountSid", account}, {"MessageSid", sid},  {"From", "+17735550123"},
                {"To", "+13125550100"},  {"Body", " Hello  "}, {"SmsStatus", "received"},
                {"NumMedia", "0"}};
    }
    static Fields report(const std::string& status) {
        return {{"AccountSid", account}, {"MessageSid", sid},       {"SmsSid", sid},
                {"To", "+17735550123"},  {"MessageStatus", status}, {"From", "+13125550100"}};
    }
    WebhookReading read(const Fields& fields, const std::string& token = "token",
                        const std::string& query = "") const {
        const std::string whole = query.empty() ? url : std::string(url) + "?" + query;
        const auto made = sign_as_twilio(whole, fields, token);
        Webhook webhook;
        webhook.url = whole;
        webhook.request.method = "POST";
        webhook.request.query = query;
        webhook.request.body = made.body;
        webhook.request.headers = {{"content-type", "application/x-www-form-urlencoded"},
                                   {"x-twilio-signature", made.signature}};
        return make_receiver(settings)->read(webhook, PlainSealer());
    }

    Settings settings;
};

TEST_F(TwilioReceiverTest, ReadsAMessageAsTheDjangoPackageKeepsIt) {
    const WebhookReading reading = read(incoming());
    ASSERT_EQ(reading.kind, Kind::received) << reading.reason;
    ASSERT_EQ(reading.messages.size(), 1u);
    const IncomingMessage& message = reading.messages[0];
    EXPECT_EQ(message.provider_id, sid);
    EXPECT_EQ(message.sender.reveal(), "+17735550123");
    EXPECT_EQ(message.recipient.reveal(), "+13125550100");
    EXPECT_EQ(message.text.reveal(), " Hello  ");
    const std::string metadata = boost::json::serialize(message.metadata);
    EXPECT_THAT(metadata, HasSubstr(R"-("From":["address(+17735550123)"])-"));
    EXPECT_THAT(metadata, HasSubstr(R"-("Body":["text( Hello  )"])-"));
    EXPECT_THAT(metadata, HasSubstr(R"("SmsStatus":["received"])"));
    EXPECT_TRUE(reading.names_us);
}

TEST_F(TwilioReceiverTest, ReadsUpToTenMediaInTheirOrder) {
    Fields fields = incoming();
    fields.erase("Body");
    for (int i = 0; i < 12; ++i) {
        fields["MediaUrl" + std::to_string(i)] = "https://api.twilio.com/" + std::to_string(i);
        fields["MediaContentType" + std::to_string(i)] = "image/jpeg";
    }
    const WebhookReading reading = read(fields);
    ASSERT_EQ(reading.kind, Kind::received);
    ASSERT_EQ(reading.messages[0].media.size(), 10u);
    EXPECT_EQ(reading.messages[0].media[9].url, "https://api.twilio.com/9");
    EXPECT_EQ(reading.messages[0].media[9].content_type, "image/jpeg");
}

TEST_F(TwilioReceiverTest, RefusesWhatIsNotSignedByTheAccount) {
    EXPECT_EQ(read(incoming(), "another").kind, Kind::refused);
    Webhook bare;
    bare.url = url;
    bare.request.body = sign_as_twilio(url, incoming(), "token").body;
    EXPECT_EQ(make_receiver(settings)->read(bare, PlainSealer()).kind, Kind::refused);
}

TEST_F(TwilioReceiverTest, RefusesAllWhereNoSignatureCanBeChecked) {
    Webhook webhook;
    const auto made = sign_as_twilio("", incoming(), "token");
    webhook.request.body = made.body;
    webhook.request.headers = {{"x-twilio-signature", made.signature}};
    const WebhookReading without_url = make_receiver(settings)->read(webhook, PlainSealer());
    EXPECT_EQ(without_url.kind, Kind::refused);
    EXPECT_THAT(without_url.reason, HasSubstr("public_url"));
    settings.auth_token.reset();
    const WebhookReading without_token = read(incoming());
    EXPECT_EQ(without_token.kind, Kind::refused);
    EXPECT_THAT(without_token.reason, HasSubstr("auth_token"));
}

TEST_F(TwilioReceiverTest, TakesTheSecondaryTokenWhileTheTokenIsChanged) {
    settings.secondary_auth_token = Secret("next");
    EXPECT_EQ(read(incoming(), "next").kind, Kind::received);
    EXPECT_EQ(read(incoming(), "token").kind, Kind::received);
}

TEST_F(TwilioReceiverTest, LeavesToOthersWhatIsNoneOfItsOwn) {
    Fields foreign = incoming();
    foreign["AccountSid"] = "AC99999999999999999999999999999999";
    EXPECT_EQ(read(foreign).kind, Kind::not_mine);
    EXPECT_EQ(read({{"LoopbackMessage", "x"}}).kind, Kind::not_mine);
    EXPECT_EQ(read({}).kind, Kind::not_mine);
}

TEST_F(TwilioReceiverTest, SaysWhatIsWrongWithASignedMessageThatIsNone) {
    Fields fields = incoming();
    fields.erase("From");
    EXPECT_EQ(read(fields).kind, Kind::broken);
    fields = incoming();
    fields["MessageSid"] = "SMnonsense";
    EXPECT_EQ(read(fields).kind, Kind::broken);
}

TEST_F(TwilioReceiverTest, ReadsAStatusCallbackWithTheAttemptThatItsAddressNames) {
    const WebhookReading reading = read(report("sent"), "token", "attempt=42");
    ASSERT_EQ(reading.reports.size(), 1u);
    const DeliveryReport& sent = reading.reports[0];
    EXPECT_EQ(sent.provider_id, sid);
    EXPECT_EQ(sent.attempt_id, 42);
    EXPECT_EQ(sent.state, DeliveryState::under_way);
    EXPECT_EQ(boost::json::serialize(sent.acceptance),
              R"({"twilio_sid":["SM11111111111111111111111111111111"]})");
    EXPECT_EQ(read(report("sent"), "token", "attempt=x").reports[0].attempt_id, std::nullopt);
    EXPECT_EQ(read(report("sent"), "token", "attempt=-1").reports[0].attempt_id, std::nullopt);
    EXPECT_EQ(read(report("sent")).reports[0].attempt_id, std::nullopt);
}

TEST_F(TwilioReceiverTest, RanksStatusesSoThatALateOneGoesNotBack) {
    const auto rank = [&](const char* status) { return read(report(status)).reports[0].rank; };
    EXPECT_LT(rank("queued"), rank("sending"));
    EXPECT_LT(rank("sending"), rank("sent"));
    EXPECT_LT(rank("sent"), rank("delivered"));
    EXPECT_EQ(rank("delivered"), rank("undelivered"));
    EXPECT_LT(rank("delivered"), rank("read"));
    EXPECT_EQ(rank("invented tomorrow"), 0);
}

TEST_F(TwilioReceiverTest, TellsWhyAMessageFailedAndWhoHasOptedOut) {
    Fields fields = report("undelivered");
    fields["ErrorCode"] = "21610";
    const DeliveryReport failed = read(fields).reports[0];
    EXPECT_EQ(failed.state, DeliveryState::failed);
    EXPECT_THAT(failed.reason, HasSubstr("code 21610"));
    EXPECT_EQ(failed.metadata.at("twilio_error_code").as_int64(), 21610);
    EXPECT_TRUE(failed.says_opted_out);
    EXPECT_EQ(failed.recipient->reveal(), "+17735550123");
    fields["ErrorCode"] = "30003";
    EXPECT_FALSE(read(fields).reports[0].says_opted_out);
}

TEST_F(TwilioReceiverTest, AnswersInEscapedTwiml) {
    const auto receiver = make_receiver(settings);
    const ServerAnswer none = receiver->answer({}, {});
    EXPECT_EQ(none.body, R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)");
    EXPECT_THAT(none.content_type, HasSubstr("text/xml"));
    const ServerAnswer answer = receiver->answer({}, {"Don't <b> & \"c\"\x01"});
    EXPECT_THAT(answer.body, HasSubstr("<Message>Don't &lt;b&gt; &amp; &quot;c&quot;</Message>"));
}

TEST_F(TwilioReceiverTest, TakesAnyBytesWithoutHarm) {
    Fields fields = incoming();
    fields["Body"] = std::string("nul \0 and \xff\xfe", 12);
    fields["\xff\0"] = std::string(5000, '%');
    EXPECT_EQ(read(fields).kind, Kind::received);
    Webhook webhook;
    webhook.url = url;
    for (const std::string& body : {std::string("MessageSid"), std::string("=&=&&&MessageSid=%"),
                                    std::string(100000, '&'), std::string("MessageSid=%zz&%=1")}) {
        webhook.request.body = body;
        EXPECT_NE(make_receiver(settings)->read(webhook, PlainSealer()).kind, Kind::received);
    }
}

}  // namespace
}  // namespace postrider::twilio
