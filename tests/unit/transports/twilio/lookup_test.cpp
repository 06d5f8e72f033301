#include "transports/twilio/lookup.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace postrider::twilio {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Settings settings() {
    Settings settings;
    settings.account_sid = "AC0123456789abcdef0123456789abcdef";
    settings.auth_token = Secret("token");
    return settings;
}

HttpResult answer(std::string body, int status = 200) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = status;
    result.answer.body = std::move(body);
    return result;
}

std::string failure(const HttpResult& result) {
    try {
        read_lookup(result);
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), Not(HasSubstr("555")));
        return error.what();
    }
    return "none";
}

TEST(TwilioLookup, AsksForTheLineTypeOfANumberHoweverItIsWritten) {
    const HttpRequest http = lookup_request("+1 (312) 555-0123", "", settings());
    EXPECT_EQ(http.method, "GET");
    EXPECT_EQ(http.url,
              "https://lookups.twilio.com/v2/PhoneNumbers/%2B13125550123?Fields=line_type_intelligence");
    EXPECT_EQ(http.credentials->user, "AC0123456789abcdef0123456789abcdef");
    EXPECT_EQ(http.credentials->password.reveal(), "token");
}

TEST(TwilioLookup, NamesTheCountryOfANationalNumber) {
    EXPECT_THAT(lookup_request("0664 1234567", "AT", settings()).url,
                HasSubstr("/06641234567?Fields=line_type_intelligence&CountryCode=AT"));
}

TEST(TwilioLookup, StaysBelowItsPathWhateverItIsAskedFor) {
    EXPECT_THAT(lookup_request("1/../../x?y=1#\xc3\xbc", "", settings()).url,
                HasSubstr("/v2/PhoneNumbers/1%2F%2F%2Fx%3Fy%3D1%23%C3%BC?Fields="));
}

TEST(TwilioLookup, TellsAllThatTwilioSays) {
    const NumberReport report = read_lookup(answer(
        R"({"calling_country_code":"1","country_code":"US","phone_number":"+13125550123",)"
        R"("national_format":"(312) 555-0123","valid":true,"validation_errors":null,)"
        R"("line_type_intelligence":{"type":"mobile","carrier_name":"Example Wireless","error_code":null}})"));
    EXPECT_TRUE(report.valid);
    EXPECT_EQ(report.fault, "");
    EXPECT_EQ(report.number, "+13125550123");
    EXPECT_EQ(report.national_format, "(312) 555-0123");
    EXPECT_EQ(report.country, "US");
    EXPECT_EQ(report.type, "mobile");
    EXPECT_EQ(report.carrier, "Example Wireless");
}

TEST(TwilioLookup, SaysInWordsWhyANumberIsNotValid) {
    const auto fault = [](const std::string& errors) {
        const NumberReport report =
            read_lookup(answer(R"({"valid":false,"validation_errors":)" + errors + "}"));
        EXPECT_FALSE(report.valid);
        return report.fault;
    };
    EXPECT_EQ(fault(R"(["TOO_SHORT"])"), "too short");
    EXPECT_EQ(fault(R"(["INVALID_BUT_POSSIBLE","INVALID_COUNTRY_CODE"])"),
              "invalid but possible, invalid country code");
    for (const char* none : {"null", "[]", "{}", R"(["+13125550123 is odd"])", "[7]"})
        EXPECT_EQ(fault(none), "not a valid number") << none;
}

TEST(TwilioLookup, KnowsNoTypeWhereTwilioKnowsNone) {
    const auto type = [](const std::string& line) {
        return read_lookup(answer(R"({"valid":true,"line_type_intelligence":)" + line + "}")).type;
    };
    EXPECT_EQ(type("null"), "");
    EXPECT_EQ(type(R"({"type":null,"carrier_name":null,"error_code":null})"), "");
    EXPECT_EQ(type(R"({"type":null,"carrier_name":null,"error_code":60601})"), "unknown (code 60601)");
}

TEST(TwilioLookup, SaysInOurOwnWordsWhyNothingCanBeHad) {
    EXPECT_EQ(failure(answer(R"({"code":20003,"message":"Authenticate +13125550123"})", 401)),
              "authentication failed, code 20003");
    EXPECT_EQ(failure(answer("<html>+13125550123</html>", 503)), "server error, status 503");
    for (const char* body : {"", "[]", "{}", R"({"valid":"+13125550123"})"})
        EXPECT_EQ(failure(answer(body)), "the answer cannot be read") << body;
    HttpResult away;
    away.exchange = Exchange::not_sent;
    away.error = "no connection";
    EXPECT_EQ(failure(away), "no connection");
}

}  // namespace
}  // namespace postrider::twilio
