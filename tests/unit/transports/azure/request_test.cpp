#include "transports/azure/request.h"

#include "transports/azure/signing.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider::azure {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const TimePoint first_sent = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h + 5min + 6s + 789ms;
const std::string key = "4b2f1c3e-9a7d-4f10-8c55-0c1d2e3f4a5b";

Settings settings() {
    Settings settings;
    settings.endpoint = "https://contoso.communication.azure.com";
    settings.access_key = Secret("sesame");
    settings.from = "+18335550100";
    return settings;
}

PreparedRequest prepared(std::string text) {
    PreparedRequest request;
    request.attempt.id = 81;
    request.attempt.idempotency_key = key;
    request.attempt.first_sent = first_sent;
    request.destination = Address("+14255550123");
    request.text = Text(std::move(text));
    return request;
}

std::string header(const HttpRequest& http, const std::string& name) {
    for (const auto& [each, value] : http.headers) {
        if (each == name) return value;
    }
    return "";
}

TEST(AzureRequest, IsASignedPostOfJson) {
    const HttpRequest http = to_http(prepared("Your visit is at 9:00"), settings(), first_sent + 1s);
    EXPECT_EQ(http.method, "POST");
    EXPECT_EQ(http.url, "https://contoso.communication.azure.com/sms?api-version=2021-03-07");
    EXPECT_EQ(http.timeout, 15s);
    EXPECT_EQ(
        http.body,
        R"({"from":"+18335550100","smsRecipients":[{"to":"+14255550123",)"
        R"("repeatabilityRequestId":"4b2f1c3e-9a7d-4f10-8c55-0c1d2e3f4a5b",)"
        R"("repeatabilityFirstSent":"Tue, 03 Feb 2026 04:05:06 GMT"}],"message":"Your visit is at 9:00",)"
        R"("smsSendOptions":{"enableDeliveryReport":true,)"
        R"("tag":"postrider-4b2f1c3e-9a7d-4f10-8c55-0c1d2e3f4a5b"}})");
    EXPECT_EQ(header(http, "Content-Type"), "application/json");
    EXPECT_EQ(header(http, "Accept"), "application/json");
    EXPECT_EQ(header(http, "Host"), "contoso.communication.azure.com");
    EXPECT_EQ(header(http, "x-ms-date"), "Tue, 03 Feb 2026 04:05:07 GMT");
    EXPECT_EQ(header(http, "x-ms-content-sha256"), content_hash(http.body));
    const Signable signable{"POST", "/sms?api-version=2021-03-07", "Tue, 03 Feb 2026 04:05:07 GMT",
                            "contoso.communication.azure.com", content_hash(http.body)};
    EXPECT_EQ(header(http, "Authorization"), authorization(signable, Secret("sesame")));
}

TEST(AzureRequest, SignsThePortOfItsHost) {
    Settings local = settings();
    local.endpoint = "http://127.0.0.1:18080";
    const HttpRequest http = to_http(prepared("Hi"), local, first_sent);
    EXPECT_EQ(http.url, "http://127.0.0.1:18080/sms?api-version=2021-03-07");
    EXPECT_EQ(header(http, "Host"), "127.0.0.1:18080");
}

TEST(AzureRequest, HasTheSameBodyWhenItIsRepeatedUnderItsKeyAndANewSignature) {
    PreparedRequest request = prepared("Hi");
    const HttpRequest first = to_http(request, settings(), first_sent);
    request.attempt.id = 82;  // each try has a number of its own
    const HttpRequest second = to_http(request, settings(), first_sent + 40s);
    EXPECT_EQ(first.body, second.body);
    EXPECT_NE(header(first, "Authorization"), header(second, "Authorization"));
    request.attempt.idempotency_key = "5c2006be-9853-460c-bf4c-3a4aa2147100";
    EXPECT_NE(to_http(request, settings(), first_sent).body, first.body);
}

TEST(AzureRequest, WritesAnyTextAsJson) {
    std::string text = "Olá \"you\" \\ 你好 👋 <&>\r\n\t\x7f/";
    text += '\0';
    text += "\x1f.";
    const HttpRequest http = to_http(prepared(text), settings(), first_sent);
    EXPECT_EQ(boost::json::parse(http.body).at("message").as_string(), text);
    EXPECT_THAT(http.body, HasSubstr(R"("message":"Olá \"you\" \\ 你好 👋 <&>\u000d\u000a\u0009)"));
}

TEST(AzureRequest, TakesTextsUpToItsLimitCountedInUtf16) {
    std::string text;
    for (int i = 0; i < 1024; ++i) text += "👋";
    EXPECT_EQ(objection(prepared(text)), std::nullopt);
    const auto objected = objection(prepared(text + "x"));
    ASSERT_TRUE(objected);
    EXPECT_EQ(objected->verdict, Verdict::rejected);
    EXPECT_THAT(objected->reason, HasSubstr("longer than 2048 characters"));
}

TEST(AzureRequest, ObjectsToEmptyTextsAndImages) {
    EXPECT_EQ(objection(prepared(""))->verdict, Verdict::rejected);
    EXPECT_EQ(objection(prepared("image:https://x.example/a.png"))->reason,
              "an image: cannot be sent by this channel");
    EXPECT_EQ(objection(prepared("an image: of a cat")), std::nullopt);
}

}  // namespace
}  // namespace postrider::azure
