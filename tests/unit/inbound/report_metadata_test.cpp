#include "lib/inbound/report_metadata.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

PartReport report(int part, int rank, DeliveryState state, const std::string& status) {
    return {part, rank, state, status, "", "{}", TimePoint(std::chrono::seconds{1770000000})};
}

TEST(DecisiveReport, OfAMessageInPartsIsTheOneThatIsLeastFarOnceThereIsOneOfEach) {
    const PartReport sent = report(1, 4, DeliveryState::under_way, "sent");
    const PartReport delivered = report(2, 5, DeliveryState::delivered, "delivered");
    EXPECT_FALSE(decisive_report({delivered}, 2));
    EXPECT_EQ(decisive_report({delivered, sent}, 2)->status, "sent");
    EXPECT_EQ(decisive_report({delivered}, 1)->status, "delivered");
    EXPECT_FALSE(decisive_report({}, 1));
}

TEST(DecisiveReport, IsAFailureWhateverTheOtherPartsCameTo) {
    const PartReport failed = report(3, 5, DeliveryState::failed, "undelivered");
    const PartReport read = report(2, 6, DeliveryState::delivered, "read");
    EXPECT_EQ(decisive_report({read, failed}, 3)->status, "undelivered");
}

TEST(ReportMetadata, KeepsWhatOthersWroteByteForByte) {
    PartReport failed = report(1, 5, DeliveryState::failed, "failed");
    failed.reason = "could not be delivered: code 30003";
    failed.metadata = R"({"provider_status": "failed"})";
    const std::string before = R"({"theirs": 1e400, "postrider": {"attempt": 7, "outcome": "sent"}})";
    const std::string after = metadata_with_report(before, failed);
    EXPECT_THAT(after, StartsWith(R"({"theirs": 1e400, "postrider": )"));
    EXPECT_THAT(after, HasSubstr(R"("attempt":7)"));
    EXPECT_THAT(after, HasSubstr(R"("delivery":{"status":"failed","at":"2026-02-02T02:40:00)"));
    EXPECT_THAT(after, HasSubstr(R"("error": "could not be delivered: code 30003")"));
    EXPECT_THAT(after, HasSubstr(R"("provider_status": "failed")"));
}

TEST(ReportMetadata, IsWrittenWhateverTheColumnHeld) {
    const PartReport delivered = report(1, 5, DeliveryState::delivered, "delivered");
    for (const std::optional<std::string>& before :
         {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("no JSON"),
          std::optional<std::string>(R"({"postrider": 3})")}) {
        const auto after = boost::json::parse(metadata_with_report(before, delivered));
        EXPECT_EQ(after.at("postrider").at("delivery").at("status").as_string(), "delivered");
        EXPECT_FALSE(after.as_object().contains("error"));
    }
}

}  // namespace
}  // namespace postrider
