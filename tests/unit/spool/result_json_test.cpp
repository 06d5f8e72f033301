#include "lib/spool/result_json.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

AttemptResult some_result() {
    AttemptResult result;
    result.attempt_id = 9007199254740993;  // more than a double holds
    result.message_id = 7;
    result.row_version = "815";
    result.transmission_metadata = R"({"patient": "Ada"})";
    result.outcome = Outcome::failed(Verdict::throttled, "slow \"down\"\n");
    result.outcome.provider_id = "SM1";
    result.outcome.metadata = {{"sid", "SM1"}, {"parts", 2}, {"nested", {{"a", nullptr}}}};
    result.disposition = Disposition::waiting;
    result.ended = TimePoint(std::chrono::microseconds(1893456000123456));
    result.failed_attempts = 3;
    result.retry_at = result.ended + std::chrono::seconds(5);
    result.repeats_key = true;
    return result;
}

TEST(ResultJson, WhatIsReadIsWhatWasWritten) {
    const AttemptResult written = some_result();
    const auto read = read_result_json(to_json(written));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->attempt_id, written.attempt_id);
    EXPECT_EQ(read->message_id, written.message_id);
    EXPECT_EQ(read->outcome.verdict, written.outcome.verdict);
    EXPECT_EQ(read->outcome.reason, written.outcome.reason);
    EXPECT_EQ(read->outcome.provider_id, written.outcome.provider_id);
    EXPECT_EQ(read->outcome.metadata, written.outcome.metadata);
    EXPECT_EQ(read->disposition, written.disposition);
    EXPECT_EQ(read->ended, written.ended);
    EXPECT_EQ(read->failed_attempts, written.failed_attempts);
    EXPECT_EQ(read->retry_at, written.retry_at);
    EXPECT_EQ(read->repeats_key, written.repeats_key);
}

TEST(ResultJson, EveryVerdictAndEveryDispositionCanBeReadAgain) {
    for (const Verdict verdict : {Verdict::sent, Verdict::rejected, Verdict::deferred, Verdict::throttled,
                                  Verdict::misconfigured, Verdict::in_doubt}) {
        AttemptResult result;
        result.outcome.verdict = verdict;
        EXPECT_EQ(read_result_json(to_json(result)).value().outcome.verdict, verdict);
    }
    for (const Disposition disposition : {Disposition::sent, Disposition::given_up, Disposition::waiting,
                                          Disposition::next_part, Disposition::in_doubt}) {
        AttemptResult result;
        result.disposition = disposition;
        EXPECT_EQ(read_result_json(to_json(result)).value().disposition, disposition);
    }
}

TEST(ResultJson, TheRowsMetadataWhichMayBePrivateIsLeftOut) {
    const std::string text = to_json(some_result());
    EXPECT_EQ(text.find("Ada"), std::string::npos);
    EXPECT_EQ(read_result_json(text)->transmission_metadata, std::nullopt);
    EXPECT_EQ(read_result_json(text)->row_version, "");
}

TEST(ResultJson, AProvidersWordsThatAreNoTextComeThroughAllTheSame) {
    AttemptResult result;
    result.outcome.reason = std::string("\xff broken \0 words", 16);
    EXPECT_EQ(read_result_json(to_json(result)).value().outcome.reason, result.outcome.reason);
}

TEST(ResultJson, WhatIsNoResultIsNone) {
    for (const char* text : {"", "{}", "[]", "null", R"({"attempt": "1"})"}) {
        EXPECT_FALSE(read_result_json(text)) << text;
    }
    std::string text = to_json(some_result());
    text.replace(text.find("throttled"), 9, "throttlad");
    EXPECT_FALSE(read_result_json(text));
    text = to_json(some_result());
    EXPECT_FALSE(read_result_json(text.substr(0, text.size() / 2)));
}

}  // namespace
}  // namespace postrider
