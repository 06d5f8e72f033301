#include "transports/azure/answer.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::azure {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using enum Verdict;

const TimePoint now = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h;

HttpResult answered(int status, std::string body) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = status;
    result.answer.body = std::move(body);
    return result;
}

HttpResult item(const std::string& members) {
    return answered(202, R"({"value":[{"to":"+14255550123",)" + members + "}]}");
}

HttpResult refused_item(int status) {
    return item(R"("httpStatusCode":)" + std::to_string(status) +
                R"(,"errorMessage":"Not for +14255550123","successful":false)");
}

Outcome read(const HttpResult& result) { return read_answer(result, 1, now); }

struct Case {
    int status;
    Verdict verdict;
};

struct AzureItem : ::testing::TestWithParam<Case> {};

TEST_P(AzureItem, MeansWhatTheFactsSayAndNeverRepeatsAzuresWords) {
    const auto& [status, verdict] = GetParam();
    const Outcome outcome = read(refused_item(status));
    EXPECT_EQ(to_string(outcome.verdict), to_string(verdict)) << status;
    EXPECT_THAT(outcome.reason, HasSubstr("status " + std::to_string(status)));
    EXPECT_THAT(outcome.reason, Not(HasSubstr("5550123")));
    EXPECT_EQ(outcome.provider_id, "");
    EXPECT_THAT(boost::json::serialize(outcome.metadata), Not(HasSubstr("5550123")));
    EXPECT_EQ(outcome.metadata.at("azure_successful"), false);
    EXPECT_EQ(outcome.metadata.at("azure_error_message"), boost::json::string(outcome.reason));
}

INSTANTIATE_TEST_SUITE_P(All, AzureItem,
                         ::testing::Values(Case{400, rejected}, Case{404, rejected}, Case{409, rejected},
                                           Case{412, rejected}, Case{422, rejected}, Case{401, misconfigured},
                                           Case{403, misconfigured}, Case{408, deferred},
                                           Case{429, throttled}, Case{500, deferred}, Case{502, deferred},
                                           Case{503, deferred}, Case{504, deferred}, Case{202, in_doubt},
                                           Case{302, in_doubt}, Case{100, in_doubt}));

struct AzureStatus : ::testing::TestWithParam<Case> {};

TEST_P(AzureStatus, DecidesForTheWholeRequestWhateverTheBodySays) {
    for (const char* body :
         {"", "<html>+14255550123</html>", R"({"error":{"code":"Bad","message":"+14255550123"}})",
          R"({"value":[{"httpStatusCode":202,"successful":true,"messageId":"x"}]})"}) {
        const Outcome outcome = read(answered(GetParam().status, body));
        EXPECT_EQ(to_string(outcome.verdict), to_string(GetParam().verdict)) << GetParam().status << body;
        EXPECT_TRUE(outcome.metadata.empty());
        EXPECT_THAT(outcome.reason, Not(HasSubstr("5550123")));
        EXPECT_THAT(outcome.reason, HasSubstr("status " + std::to_string(GetParam().status)));
    }
}

INSTANTIATE_TEST_SUITE_P(All, AzureStatus,
                         ::testing::Values(Case{400, rejected}, Case{422, rejected}, Case{405, rejected},
                                           Case{413, rejected}, Case{401, misconfigured},
                                           Case{403, misconfigured}, Case{404, misconfigured},
                                           Case{407, misconfigured}, Case{301, misconfigured},
                                           Case{307, misconfigured}, Case{425, deferred},
                                           Case{429, throttled}, Case{408, in_doubt}, Case{500, in_doubt},
                                           Case{502, in_doubt}, Case{503, in_doubt}, Case{504, in_doubt},
                                           Case{520, in_doubt}, Case{0, in_doubt}, Case{199, in_doubt}));

TEST(AzureAnswer, AnAcceptedMessageIsSentUnderItsId) {
    const Outcome outcome =
        read(item(R"("messageId":"Outgoing_2026_noam","httpStatusCode":202,"repeatabilityResult":"accepted",)"
                  R"("new":1,"successful":true)"));
    EXPECT_EQ(outcome.verdict, sent);
    EXPECT_EQ(outcome.provider_id, "Outgoing_2026_noam");
    EXPECT_EQ(
        boost::json::serialize(outcome.metadata),
        R"({"azure_message_id":"Outgoing_2026_noam","azure_successful":true,"azure_error_message":null})");
}

TEST(AzureAnswer, AcceptanceNeedsNoIdToBeAcceptance) {
    const Outcome outcome = read(item(R"("httpStatusCode":202,"successful":true)"));
    EXPECT_EQ(outcome.verdict, sent);
    EXPECT_EQ(outcome.provider_id, "");
    EXPECT_FALSE(outcome.metadata.contains("azure_message_id"));
}

TEST(AzureAnswer, OfAMessageInPartsTheIdsAreAList) {
    const Outcome outcome =
        read_answer(item(R"("messageId":"a","httpStatusCode":202,"successful":true)"), 2, now);
    EXPECT_EQ(outcome.provider_id, "a");
    EXPECT_EQ(boost::json::serialize(outcome.metadata.at("azure_message_id")), R"(["a"])");
}

TEST(AzureAnswer, ARefusedRepetitionIsSaidToBeOne) {
    const Outcome outcome = read(item(
        R"("httpStatusCode":400,"repeatabilityResult":"rejected","errorMessage":"x","successful":false)"));
    EXPECT_EQ(outcome.verdict, rejected);
    EXPECT_EQ(outcome.reason, "refused as a repeated request, status 400");
}

TEST(AzureAnswer, SuccessThatMakesNoSenseIsInDoubt) {
    for (const char* body :
         {"", "null", "[]", "{}", R"({"value":[]})", R"({"value":{}})", R"({"value":[1]})",
          R"({"value":[{}]})", R"({"value":[{"httpStatusCode":202}]})", R"({"value":[{"successful":true}]})",
          R"({"value":[{"httpStatusCode":400,"successful":true}]})",
          R"({"value":[{"httpStatusCode":"202","successful":true}]})",
          R"({"value":[{"httpStatusCode":202,"successful":"true"}]})",
          R"({"value":[{"httpStatusCode":99999999999,"successful":false}]})",
          R"({"value":[{"httpStatusCode":202,"successful":true},{"httpStatusCode":202,"successful":true}]})",
          R"({"value":[{"httpStatusCode":202,"successful":true)"}) {
        const Outcome outcome = read(answered(202, body));
        EXPECT_EQ(outcome.verdict, in_doubt) << body;
        EXPECT_TRUE(outcome.metadata.empty()) << body;
    }
}

TEST(AzureAnswer, ThrottlingTellsHowLongByAnyOfThreeHeaders) {
    HttpResult result = answered(429, "");
    EXPECT_EQ(read(result).retry_after, std::nullopt);
    using Headers = std::vector<std::pair<std::string, std::string>>;
    const std::vector<std::pair<Headers, std::chrono::seconds>> cases{
        {{{"retry-after", "9"}}, 9s},
        {{{"retry-after", "Tue, 03 Feb 2026 04:01:00 GMT"}}, 60s},
        {{{"retry-after-ms", "1500"}}, 2s},
        {{{"x-ms-retry-after-ms", "3000"}, {"retry-after", "9"}}, 3s},
        {{{"retry-after-ms", "soon"}, {"retry-after", "9"}}, 9s},
        {{{"retry-after-ms", "-5"}, {"retry-after", "9"}}, 9s},
        {{{"retry-after-ms", "18446744073709551615"}}, 24h},
    };
    for (const auto& [headers, wait] : cases) {
        result.answer.headers = headers;
        EXPECT_EQ(read(result).retry_after, wait) << headers[0].second;
    }
    result = refused_item(429);
    result.answer.headers = {{"retry-after", "9"}};
    EXPECT_EQ(read(result).retry_after, 9s) << "also where only the message is throttled";
}

TEST(AzureAnswer, WhatIsInDoubtIsNotPutOffBeyondItsWindow) {
    HttpResult result = answered(503, "");
    result.answer.headers = {{"retry-after", "600"}};
    EXPECT_EQ(read(result).retry_after, std::nullopt);
}

TEST(AzureAnswer, WhatNeverLeftIsDeferredAndWhatLeftUnansweredIsInDoubt) {
    HttpResult result;
    result.error = "Timeout was reached";
    result.exchange = Exchange::not_sent;
    EXPECT_EQ(read(result).verdict, deferred);
    EXPECT_THAT(read(result).reason, HasSubstr("Timeout was reached"));
    result.gate_refused = true;
    EXPECT_EQ(read(result).verdict, deferred);
    result.gate_refused = false;
    result.exchange = Exchange::unknown;
    EXPECT_EQ(read(result).verdict, in_doubt);
    EXPECT_THAT(read(result).reason, HasSubstr("Timeout was reached"));
}

}  // namespace
}  // namespace postrider::azure
