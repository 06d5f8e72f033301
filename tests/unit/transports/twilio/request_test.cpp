#include "transports/twilio/request.h"

#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Settings settings() {
    Settings settings;
    settings.account_sid = "AC0123456789abcdef0123456789abcdef";
    settings.auth_token = Secret("token");
    settings.from = "+13125550100";
    return settings;
}

PreparedRequest prepared(std::string text) {
    PreparedRequest request;
    request.destination = Address("+17735550123");
    request.text = Text(std::move(text));
    return request;
}

TEST(TwilioRequest, IsAPostOfAFormToTheAccountsMessages) {
    const HttpRequest http = to_http(prepared("Visit at 9:00 & bring 50% + ID"), settings());
    EXPECT_EQ(http.method, "POST");
    EXPECT_EQ(http.url,
              "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json");
    EXPECT_EQ(http.body, "To=%2B17735550123&From=%2B13125550100&Body=Visit+at+9%3A00+%26+bring+50%25+%2B+ID");
    EXPECT_EQ(http.timeout, std::chrono::seconds{15});
    EXPECT_EQ(http.credentials->user, "AC0123456789abcdef0123456789abcdef");
    EXPECT_EQ(http.credentials->password.reveal(), "token");
    using Header = std::pair<std::string, std::string>;
    EXPECT_THAT(http.headers,
                ::testing::UnorderedElementsAre(Header("Content-Type", "application/x-www-form-urlencoded"),
                                                Header("Accept", "application/json")));
}

TEST(TwilioRequest, NamesEachMediumByItsLinkAndNeedsNoTextThen) {
    PreparedRequest request = prepared("");
    request.media = {{"/srv/a.png", "image/png", 1, "https://m.example.org/media/a"},
                     {"/srv/b.png", "image/png", 1, "https://m.example.org/media/b"}};
    EXPECT_FALSE(objection(request));
    EXPECT_EQ(to_http(request, settings()).body,
              "To=%2B17735550123&From=%2B13125550100&MediaUrl=https%3A%2F%2Fm.example.org%2Fmedia%2Fa"
              "&MediaUrl=https%3A%2F%2Fm.example.org%2Fmedia%2Fb");
    EXPECT_TRUE(objection(prepared("")));
}

TEST(TwilioRequest, NamesTheMessagingServiceInsteadOfOrBesideASender) {
    Settings service = settings();
    service.messaging_service_sid = "MG0123456789abcdef0123456789abcdef";
    EXPECT_THAT(
        to_http(prepared("Hi"), service).body,
        HasSubstr("&From=%2B13125550100&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=Hi"));
    service.from.reset();
    EXPECT_EQ(to_http(prepared("Hi"), service).body,
              "To=%2B17735550123&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Body=Hi");
}

TEST(TwilioRequest, SaysWhereReportsGoWithTheAttemptAmongTheParameters) {
    Settings with_callback = settings();
    PreparedRequest request = prepared("Hi");
    request.attempt.id = 81;
    EXPECT_THAT(to_http(request, with_callback).body, Not(HasSubstr("StatusCallback")));
    with_callback.status_callback = "https://site.example.org/status?of=sms";
    EXPECT_THAT(to_http(request, with_callback).body,
                EndsWith("&Body=Hi&StatusCallback=https%3A%2F%2Fsite.example.org%2Fstatus%3Fof%3Dsms"
                         "%26attempt%3D81"));
}

TEST(TwilioRequest, AsksForOneMmsForMoreThan80CharactersInNorthAmericaWhereTheChannelHasThat) {
    std::string text;
    for (int i = 0; i < 80; ++i) text += "ü";
    Settings as_mms = settings();
    const auto asks = [&](const std::string& words, const std::string& to) {
        PreparedRequest request = prepared(words);
        request.destination = Address(to);
        return to_http(request, as_mms).body.find("&SendAsMms=true") != std::string::npos;
    };
    EXPECT_FALSE(asks(text + "!", "+17735550123"));
    as_mms.send_as_mms = true;
    EXPECT_TRUE(asks(text + "!", "+17735550123"));
    EXPECT_TRUE(asks(text + "!", "(773) 555-0123"));
    EXPECT_FALSE(asks(text, "+17735550123"));
    EXPECT_FALSE(asks(text + "!", "+436641234567"));
    EXPECT_FALSE(asks(text + "!", "whatsapp:+17735550123"));
}

TEST(TwilioRequest, PrefersTheApiKeyAndStillNamesTheAccountInThePath) {
    Settings with_key = settings();
    with_key.api_key = "SK0123456789abcdef0123456789abcdef";
    with_key.api_key_secret = Secret("secret");
    const HttpRequest http = to_http(prepared("Hi"), with_key);
    EXPECT_EQ(http.credentials->user, "SK0123456789abcdef0123456789abcdef");
    EXPECT_EQ(http.credentials->password.reveal(), "secret");
    EXPECT_THAT(http.url, HasSubstr("/Accounts/AC0123456789abcdef0123456789abcdef/"));
}

TEST(TwilioRequest, TakesTextsUpToItsLimitCountedInCharacters) {
    std::string text;
    for (int i = 0; i < 1600; ++i) text += "✓";
    EXPECT_EQ(objection(prepared(text)), std::nullopt);
    const auto objected = objection(prepared(text + "✓"));
    ASSERT_TRUE(objected);
    EXPECT_EQ(objected->verdict, Verdict::rejected);
    EXPECT_THAT(objected->reason, HasSubstr("longer than 1600 characters"));
}

TEST(TwilioRequest, ObjectsToEmptyTexts) { EXPECT_EQ(objection(prepared(""))->verdict, Verdict::rejected); }

}  // namespace
}  // namespace postrider::twilio
