#include "transports/email/answer.h"

#include <gmock/gmock.h>

namespace postrider::email {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

SmtpResult reply(int code, SmtpStage stage = SmtpStage::message, std::string enhanced = "") {
    SmtpResult result;
    result.exchange = stage == SmtpStage::message ? Exchange::answered : Exchange::not_sent;
    result.stage = stage;
    result.code = code;
    result.enhanced = std::move(enhanced);
    result.error = "an error";
    return result;
}
Verdict verdict_of(int code, SmtpStage stage) { return read_answer(reply(code, stage), "m1@x.org").verdict; }

TEST(EmailAnswerTest, AcceptanceIsKnownByMessageIdAndQueueId) {
    SmtpResult result = reply(250);
    result.queue_id = "4WX";
    const Outcome outcome = read_answer(result, "m1.ab@example.org");
    EXPECT_EQ(outcome.verdict, Verdict::sent);
    EXPECT_EQ(outcome.provider_id, "m1.ab@example.org");
    EXPECT_EQ(outcome.metadata.at("email_message_id"), "<m1.ab@example.org>");
    EXPECT_EQ(outcome.metadata.at("email_queue_id"), "4WX");
}

TEST(EmailAnswerTest, EachCodeHasItsMeaning) {
    using enum Verdict;
    using enum SmtpStage;
    struct Case {
        int code;
        SmtpStage stage;
        Verdict verdict;
    };
    for (const Case& each : {
             Case{251, message, sent},           Case{252, message, sent},
             Case{421, session, throttled},      Case{421, message, throttled},
             Case{450, envelope, deferred},      Case{451, message, deferred},
             Case{452, envelope, deferred},      Case{454, session, deferred},
             Case{455, envelope, deferred},      Case{500, envelope, misconfigured},
             Case{501, envelope, rejected},      Case{502, envelope, misconfigured},
             Case{503, envelope, misconfigured}, Case{504, session, misconfigured},
             Case{521, envelope, rejected},      Case{530, envelope, misconfigured},
             Case{534, session, misconfigured},  Case{535, session, misconfigured},
             Case{538, session, misconfigured},  Case{550, envelope, rejected},
             Case{551, envelope, rejected},      Case{552, message, rejected},
             Case{553, envelope, rejected},      Case{554, message, rejected},
             Case{554, session, misconfigured},  Case{555, envelope, misconfigured},
             Case{556, envelope, rejected},
         }) {
        EXPECT_EQ(verdict_of(each.code, each.stage), each.verdict) << each.code;
    }
}

TEST(EmailAnswerTest, GreylistingWaitsForMinutes) {
    EXPECT_EQ(read_answer(reply(450, SmtpStage::envelope), "").retry_after, 300s);
    EXPECT_FALSE(read_answer(reply(454, SmtpStage::session), "").retry_after);
}

TEST(EmailAnswerTest, TheReasonHasTheCodes) {
    EXPECT_EQ(read_answer(reply(550, SmtpStage::envelope, "5.1.1"), "").reason,
              "the server refused a recipient, or the sender, code 550 5.1.1");
}

TEST(EmailAnswerTest, WithoutAnAnswerToTheWholeMessageItIsInDoubt) {
    SmtpResult lost = reply(354);
    lost.exchange = Exchange::unknown;
    EXPECT_EQ(read_answer(lost, "").verdict, Verdict::in_doubt);
}

TEST(EmailAnswerTest, WhatNeverLeftIsTriedAgainOrBlamesTheChannel) {
    SmtpResult result = reply(0, SmtpStage::session);
    EXPECT_EQ(read_answer(result, "").verdict, Verdict::deferred);
    result.gate_refused = true;
    EXPECT_EQ(read_answer(result, "").verdict, Verdict::deferred);
    result = reply(354, SmtpStage::envelope);
    EXPECT_EQ(read_answer(result, "").verdict, Verdict::deferred) << "the connection broke amid the message";
    result = reply(250, SmtpStage::session);
    result.no_tls = true;
    EXPECT_EQ(read_answer(result, "").verdict, Verdict::misconfigured);
    result = reply(354, SmtpStage::envelope);
    result.no_authentication = true;
    EXPECT_EQ(read_answer(result, "").verdict, Verdict::misconfigured);
}

}  // namespace
}  // namespace postrider::email
