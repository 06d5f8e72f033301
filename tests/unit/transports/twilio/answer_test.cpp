#include "transports/twilio/answer.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace postrider::twilio {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const TimePoint now = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h;

HttpResult answered(int status, std::string body) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = status;
    result.answer.body = std::move(body);
    return result;
}

HttpResult refused(int status, int code) {
    return answered(status, R"({"code":)" + std::to_string(code) +
                                R"(,"message":"The 'To' number +15550100 is wrong","status":)" +
                                std::to_string(status) + "}");
}

struct Case {
    int status;
    int code;
    Verdict verdict;
};

struct TwilioCode : ::testing::TestWithParam<Case> {};

TEST_P(TwilioCode, MeansWhatTheFactsSayAndNeverRepeatsTwiliosWords) {
    const auto& [status, code, verdict] = GetParam();
    const Outcome outcome = read_answer(refused(status, code), now);
    EXPECT_EQ(to_string(outcome.verdict), to_string(verdict)) << code;
    EXPECT_THAT(outcome.reason, HasSubstr("code " + std::to_string(code)));
    EXPECT_THAT(outcome.reason, Not(HasSubstr("5550100")));
    EXPECT_EQ(boost::json::serialize(outcome.metadata),
              R"({"twilio_error_code":)" + std::to_string(code) + "}");
    EXPECT_EQ(outcome.provider_id, "");
}

using enum Verdict;
INSTANTIATE_TEST_SUITE_P(
    Known, TwilioCode,
    ::testing::Values(Case{401, 20003, misconfigured}, Case{403, 20005, misconfigured},
                      Case{404, 20404, misconfigured}, Case{429, 20429, throttled},
                      Case{500, 20500, in_doubt}, Case{503, 20503, in_doubt}, Case{400, 21211, rejected},
                      Case{400, 21408, rejected}, Case{403, 21408, rejected}, Case{400, 21602, rejected},
                      Case{400, 21604, rejected}, Case{400, 21603, misconfigured},
                      Case{400, 21606, misconfigured}, Case{400, 21212, misconfigured},
                      Case{400, 21608, rejected}, Case{400, 21610, rejected}, Case{400, 21611, deferred},
                      Case{400, 21612, rejected}, Case{400, 21614, rejected}, Case{400, 21617, rejected},
                      Case{400, 21658, rejected}, Case{400, 21620, rejected}, Case{400, 21623, rejected},
                      Case{400, 21635, rejected}, Case{400, 21664, rejected}, Case{400, 21666, rejected},
                      Case{400, 21667, rejected}, Case{400, 21703, misconfigured},
                      Case{400, 21705, misconfigured}));
INSTANTIATE_TEST_SUITE_P(Unknown, TwilioCode,
                         ::testing::Values(Case{400, 21999, rejected}, Case{401, 21999, misconfigured},
                                           Case{403, 21999, misconfigured}, Case{404, 21999, misconfigured},
                                           Case{429, 21999, throttled}, Case{500, 21999, in_doubt}));
// A server error may come after acceptance, and 429 says that nothing was processed.
INSTANTIATE_TEST_SUITE_P(StatusAgainstCode, TwilioCode,
                         ::testing::Values(Case{500, 21211, in_doubt}, Case{503, 20429, in_doubt},
                                           Case{429, 21211, throttled}, Case{400, 20429, throttled}));

struct StatusCase {
    int status;
    Verdict verdict;
};
struct TwilioStatus : ::testing::TestWithParam<StatusCase> {};

TEST_P(TwilioStatus, DecidesWhereTheBodyIsNotTwilios) {
    for (const char* body :
         {"", "<html>+15550100</html>", "[]", "{}", "null", R"({"code":"x"})", R"({"code":7})"}) {
        const Outcome outcome = read_answer(answered(GetParam().status, body), now);
        EXPECT_EQ(to_string(outcome.verdict), to_string(GetParam().verdict)) << GetParam().status << body;
        EXPECT_TRUE(outcome.metadata.empty());
        EXPECT_THAT(outcome.reason, Not(HasSubstr("5550100")));
        EXPECT_NE(outcome.reason, "");
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, TwilioStatus,
    ::testing::Values(StatusCase{200, in_doubt}, StatusCase{201, in_doubt}, StatusCase{204, in_doubt},
                      StatusCase{301, misconfigured}, StatusCase{307, misconfigured},
                      StatusCase{400, rejected}, StatusCase{401, misconfigured},
                      StatusCase{403, misconfigured}, StatusCase{404, misconfigured},
                      StatusCase{407, misconfigured}, StatusCase{408, deferred}, StatusCase{413, rejected},
                      StatusCase{425, deferred}, StatusCase{429, throttled}, StatusCase{500, in_doubt},
                      StatusCase{502, in_doubt}, StatusCase{503, in_doubt}, StatusCase{504, in_doubt},
                      StatusCase{520, in_doubt}, StatusCase{0, in_doubt}, StatusCase{199, in_doubt}));

TEST(TwilioAnswer, ASidMeansSentAndIsKeptAsAListOfOne) {
    for (const std::string sid :
         {"SM11111111111111111111111111111111", "MM0123456789abcdef0123456789abcdef"}) {
        const Outcome outcome =
            read_answer(answered(201, R"({"new":1,"sid":")" + sid + R"(","error_code":null})"), now);
        EXPECT_EQ(outcome.verdict, sent);
        EXPECT_EQ(outcome.provider_id, sid);
        EXPECT_EQ(boost::json::serialize(outcome.metadata), R"({"twilio_sid":[")" + sid + R"("]})");
    }
}

TEST(TwilioAnswer, SuccessWithoutASidIsInDoubt) {
    for (const char* body :
         {R"({"sid":null})", R"({"sid":"SM1"})", R"({"sid":"AC11111111111111111111111111111111"})",
          R"({"sid":"SM1111111111111111111111111111111)"}) {
        EXPECT_EQ(read_answer(answered(201, body), now).verdict, in_doubt) << body;
    }
}

TEST(TwilioAnswer, ThrottlingTellsHowLongWhereTwilioDoes) {
    HttpResult result = refused(429, 20429);
    EXPECT_EQ(read_answer(result, now).retry_after, std::nullopt);
    result.answer.headers = {{"retry-after", "9"}};
    EXPECT_EQ(read_answer(result, now).retry_after, 9s);
    result.answer.headers = {{"retry-after", "Tue, 03 Feb 2026 04:01:00 GMT"}};
    EXPECT_EQ(read_answer(result, now).retry_after, 60s);
}

TEST(TwilioAnswer, AFullQueueAtTwilioIsAskedAgainAfterMinutes) {
    EXPECT_EQ(read_answer(refused(400, 21611), now).retry_after, 5min);
}

TEST(TwilioAnswer, WhatNeverLeftIsDeferredAndWhatLeftUnansweredIsInDoubt) {
    HttpResult result;
    result.error = "Timeout was reached";
    result.exchange = Exchange::not_sent;
    EXPECT_EQ(read_answer(result, now).verdict, deferred);
    EXPECT_THAT(read_answer(result, now).reason, HasSubstr("Timeout was reached"));
    result.gate_refused = true;
    EXPECT_EQ(read_answer(result, now).verdict, deferred);
    result.gate_refused = false;
    result.exchange = Exchange::unknown;
    EXPECT_EQ(read_answer(result, now).verdict, in_doubt);
    EXPECT_THAT(read_answer(result, now).reason, HasSubstr("Timeout was reached"));
}

}  // namespace
}  // namespace postrider::twilio
