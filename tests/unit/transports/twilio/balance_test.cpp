#include "transports/twilio/balance.h"

#include "transports/twilio/amount.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace postrider::twilio {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string account = "AC0123456789abcdef0123456789abcdef";
const std::string root = "AC11111111111111111111111111111111";

HttpResult answer(std::string body, int status = 200) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = status;
    result.answer.body = std::move(body);
    return result;
}

Check check_of(const std::string& amount, BalanceLimits limits) {
    return read_balance(answer(R"({"account_sid":"x","balance":)" + amount + R"(,"currency":"USD"})"),
                        limits);
}

std::string failure(const HttpResult& result) {
    try {
        read_balance(result, {});
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

TEST(TwilioBalance, IsThatOfTheChannelsAccountOrOfTheOneThatPays) {
    Settings settings;
    settings.account_sid = account;
    settings.auth_token = Secret("token");
    EXPECT_EQ(balance_request(settings).url,
              "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Balance.json");
    EXPECT_EQ(balance_request(settings).credentials->user, account);
    settings.balance_account_sid = root;
    settings.balance_auth_token = Secret("root-token");
    EXPECT_EQ(balance_request(settings).url,
              "https://api.twilio.com/2010-04-01/Accounts/" + root + "/Balance.json");
    EXPECT_EQ(balance_request(settings).credentials->user, root);
    EXPECT_EQ(balance_request(settings).credentials->password.reveal(), "root-token");
}

TEST(TwilioBalance, BelowALimitIsAWarningOrCritical) {
    const BalanceLimits limits{20, 5.5};
    EXPECT_EQ(check_of("\"20.00\"", limits).health, Health::ok);
    EXPECT_EQ(check_of("\"19.99\"", limits).health, Health::warning);
    EXPECT_EQ(check_of("\"5.5\"", limits).health, Health::warning);
    EXPECT_EQ(check_of("\"5.4999\"", limits).health, Health::critical);
    EXPECT_EQ(check_of("\"-3\"", limits).health, Health::critical);
    EXPECT_EQ(check_of("\"-3\"", {std::nullopt, -5}).health, Health::ok);
    EXPECT_EQ(check_of("\"3\"", {5, std::nullopt}).health, Health::warning);
}

TEST(TwilioBalance, IsShownWithItsCurrencyAndMeasured) {
    const Check check = check_of("\"1234.5\"", {20, 5.5});
    EXPECT_EQ(check.text, "1234.50 USD");
    ASSERT_EQ(check.measures.size(), 1u);
    EXPECT_EQ(check.measures[0].value, 1234.5);
    EXPECT_EQ(check.measures[0].warning, "20:");
    EXPECT_EQ(check.measures[0].critical, "5.5:");
    EXPECT_EQ(check_of("7", {}).text, "7.00 USD") << "a number, too";
    EXPECT_THAT(check_of("\"1\"", {20, 5.5}).text, StartsWith("1.00 USD: pay in"));
}

TEST(TwilioBalance, IsNotMadeUpWhereTheAnswerHasNone) {
    for (const char* body : {"", "{}", R"({"balance":null})", R"({"balance":""})", R"({"balance":"12,5"})",
                             R"({"balance":"1e3"})", R"({"balance":"nan"})"}) {
        EXPECT_EQ(failure(answer(body)), "the answer has no balance") << body;
    }
    EXPECT_EQ(failure(answer(R"({"code":20003})", 401)), "authentication failed, code 20003");
    HttpResult away;
    away.exchange = Exchange::unknown;
    away.error = "no answer in time";
    EXPECT_EQ(failure(away), "no answer in time");
}

}  // namespace
}  // namespace postrider::twilio
