#include "lib/dispatch/result_metadata.h"

#include "lib/text/utf8.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace postrider {
namespace {

AttemptResult result_of(Outcome outcome) {
    AttemptResult result;
    result.attempt_id = 7;
    result.outcome = std::move(outcome);
    return result;
}

TEST(ResultMetadata, AddsTheOutcomesKeysAndOurs) {
    EXPECT_EQ(metadata_after(result_of(Outcome::sent("SM1", {{"sid", "SM1"}})), R"({"n": 1e400})"),
              R"({"n": 1e400, "sid": "SM1", "postrider": {"attempt":7,"outcome":"sent"}})");
}

TEST(ResultMetadata, SaysWhyWhereThereIsAReason) {
    const auto metadata = boost::json::parse(
        metadata_after(result_of(Outcome::failed(Verdict::rejected, "no such number")), {}));
    EXPECT_EQ(metadata.at("postrider").at("reason").as_string(), "no such number");
}

TEST(ResultMetadata, BrokenBytesOfAProviderHarmNothingThatWasThere) {
    const std::string metadata =
        metadata_after(result_of(Outcome::sent("", {{"note", "\xFF"}})), R"({"name": "Grüße"})");
    EXPECT_TRUE(is_utf8(metadata));
    EXPECT_EQ(metadata.substr(0, 18), R"({"name": "Grüße")");
    EXPECT_EQ(boost::json::parse(metadata).at("note").as_string(), "?");
}

}  // namespace
}  // namespace postrider
