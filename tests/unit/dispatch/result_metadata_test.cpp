#include "lib/dispatch/result_metadata.h"

#include "lib/text/utf8.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::ElementsAre;

AttemptResult result_of(Outcome outcome) {
    AttemptResult result;
    result.attempt_id = 7;
    result.outcome = std::move(outcome);
    result.ended = TimePoint(std::chrono::microseconds{1500000});
    return result;
}

EndedAttempt ended(AttemptId id, Verdict verdict, std::string metadata = "{}") {
    EndedAttempt attempt;
    attempt.id = id;
    attempt.verdict = verdict;
    attempt.metadata = std::move(metadata);
    return attempt;
}

std::string after(Outcome outcome, const std::optional<std::string>& before,
                  const std::vector<EndedAttempt>& earlier = {}, const RowValues& row = {}) {
    AttemptResult result = result_of(std::move(outcome));
    result.row = row;
    EndedAttempt own = ended(7, result.outcome.verdict);
    own.ended = result.ended;
    own.reason = result.outcome.reason;
    return metadata_after(result, own, earlier, before, row.rendered);
}

TEST(ResultMetadata, AddsTheOutcomesKeysAndOurs) {
    EXPECT_EQ(after(Outcome::sent("SM1", {{"sid", "SM1"}}), R"({"n": 1e400})"),
              R"({"n": 1e400, "sid": "SM1", "postrider": {"attempt":7,"outcome":"sent","attempts":[)"
              R"({"id":7,"at":"1970-01-01T00:00:01.500000Z","outcome":"sent"}]}})");
}

TEST(ResultMetadata, KeepsTheMarkOfARenderedText) {
    RowValues row;
    row.rendered = "abcd";
    const std::string metadata = after(Outcome::sent("", {}), "{}", {}, row);
    EXPECT_EQ(rendered_mark(metadata), "abcd");
    EXPECT_EQ(rendered_mark(after(Outcome::sent("", {}), "{}")), "");
    EXPECT_EQ(rendered_mark(R"({"postrider": 1})"), "");
    EXPECT_EQ(rendered_mark(std::nullopt), "");
}

TEST(ResultMetadata, SaysWhatATextMessageCameTo) {
    RowValues row;
    row.segments = 3;
    row.unicode = true;
    const auto metadata = boost::json::parse(after(Outcome::sent("", {}), "{}", {}, row));
    EXPECT_EQ(metadata.at("postrider").at("segments").as_int64(), 3);
    EXPECT_EQ(metadata.at("postrider").at("encoding").as_string(), "UCS-2");
}

TEST(ResultMetadata, WhatMustNotStayThereIsTakenAway) {
    RowValues row;
    row.leaked = {"root_auth_token"};
    const std::string metadata =
        after(Outcome::sent("", {}), R"({"root_auth_token": "x", "n": 1e400})", {}, row);
    EXPECT_EQ(metadata.find("root_auth_token"), std::string::npos);
    EXPECT_NE(metadata.find("1e400"), std::string::npos);
}

TEST(ResultMetadata, SaysWhyWhereThereIsAReason) {
    const auto metadata = boost::json::parse(after(Outcome::failed(Verdict::rejected, "no such number"), {}));
    EXPECT_EQ(metadata.at("postrider").at("reason").as_string(), "no such number");
    EXPECT_EQ(metadata.at("postrider").at("attempts").at(0).at("reason").as_string(), "no such number");
}

TEST(ResultMetadata, ListsEveryAttemptInOrder) {
    EndedAttempt part = ended(3, Verdict::sent);
    part.part = 1;
    part.parts = 2;
    const auto metadata = boost::json::parse(after(
        Outcome::sent("SM2", {}), {}, {part, ended(5, Verdict::deferred), ended(6, Verdict::in_doubt)}));
    const auto& attempts = metadata.at("postrider").at("attempts").as_array();
    ASSERT_EQ(attempts.size(), 4u);
    EXPECT_EQ(attempts[0].at("part").as_string(), "1/2");
    EXPECT_EQ(attempts[1].at("outcome").as_string(), "deferred");
    EXPECT_EQ(attempts[3].at("id").as_int64(), 7);
}

TEST(ResultMetadata, OfManyAttemptsTheLastHundredAreListed) {
    const std::vector<EndedAttempt> earlier(150, ended(3, Verdict::deferred));
    const auto metadata = boost::json::parse(after(Outcome::sent("SM2", {}), {}, earlier));
    const auto& attempts = metadata.at("postrider").at("attempts").as_array();
    EXPECT_EQ(attempts.size(), 100u);
    EXPECT_EQ(attempts[99].at("id").as_int64(), 7);
}

TEST(ResultMetadata, ListsOfAcceptedPartsAreJoined) {
    const auto metadata = boost::json::parse(after(
        Outcome::sent("SM3", {{"sids", {"SM3"}}}), {},
        {ended(3, Verdict::sent, R"({"sids": ["SM1"]})"), ended(4, Verdict::deferred, R"({"sids": ["no"]})"),
         ended(5, Verdict::sent, R"({"sids": ["SM2"]})")}));
    EXPECT_EQ(boost::json::serialize(metadata.at("sids")), R"(["SM1","SM2","SM3"])");
}

TEST(ResultMetadata, BrokenBytesOfAProviderHarmNothingThatWasThere) {
    const std::string metadata = after(Outcome::sent("", {{"note", "\xFF"}}), R"({"name": "Grüße"})");
    EXPECT_TRUE(is_utf8(metadata));
    EXPECT_EQ(metadata.substr(0, 18), R"({"name": "Grüße")");
    EXPECT_EQ(boost::json::parse(metadata).at("note").as_string(), "?");
}

TEST(ResultMetadata, TheMarkerIsReadFromWhateverIsThere) {
    EXPECT_EQ(marked_attempt(after(Outcome::sent("", {}), R"({"n": 1e400})")), 7);
    for (const char* text :
         {"", "{", "[]", "{}", R"({"postrider": 1})", R"({"postrider": {"attempt": "7"}})"}) {
        EXPECT_EQ(marked_attempt(std::string(text)), 0) << text;
    }
    EXPECT_EQ(marked_attempt(std::nullopt), 0);
}

EndedAttempt of_part(AttemptId id, int part, Verdict verdict, bool ends_message = false) {
    EndedAttempt attempt = ended(id, verdict);
    attempt.part = part;
    attempt.ends_message = ends_message;
    return attempt;
}

std::vector<AttemptId> ids_of(const std::vector<EndedAttempt>& attempts) {
    std::vector<AttemptId> ids;
    for (const EndedAttempt& each : attempts) ids.push_back(each.id);
    return ids;
}

TEST(SameRun, BeginsAfterTheLastEnd) {
    EXPECT_THAT(ids_of(same_run({of_part(1, 1, Verdict::deferred), of_part(2, 1, Verdict::rejected, true),
                                 of_part(3, 1, Verdict::deferred)},
                                1)),
                ElementsAre(3));
    EXPECT_THAT(ids_of(same_run({of_part(1, 1, Verdict::rejected, true)}, 1)), ElementsAre());
}

TEST(SameRun, ThatGoesOnBehindPartOneHasTheAcceptedPartsBeforeIt) {
    const std::vector<EndedAttempt> given_up{of_part(1, 1, Verdict::sent), of_part(2, 2, Verdict::deferred),
                                             of_part(3, 2, Verdict::rejected, true)};
    EXPECT_THAT(ids_of(same_run(given_up, 2)), ElementsAre(1));
    EXPECT_THAT(ids_of(same_run(given_up, 1)), ElementsAre());
    auto again = given_up;
    again.push_back(of_part(4, 2, Verdict::sent));
    again.push_back(of_part(5, 3, Verdict::rejected, true));
    EXPECT_THAT(ids_of(same_run(again, 3)), ElementsAre(1, 4));
}

}  // namespace
}  // namespace postrider
