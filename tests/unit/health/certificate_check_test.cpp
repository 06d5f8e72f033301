#include "lib/health/certificate_check.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::chrono::sys_seconds end{std::chrono::sys_days{std::chrono::year{2030} / 3 / 1} + 12h};

Check at(std::chrono::sys_seconds now, const std::string& trouble = "") {
    return certificate_check(end, trouble, now);
}

TEST(CertificateCheck, WarnsInTheLastFortnightAndIsCriticalFromTheEndOn) {
    EXPECT_EQ(at(end - 14 * 24h - 1s).health, Health::ok);
    EXPECT_EQ(at(end - 14 * 24h).health, Health::warning);
    EXPECT_EQ(at(end - 1s).health, Health::warning);
    EXPECT_EQ(at(end).health, Health::critical);
}

TEST(CertificateCheck, SaysWhenItEnds) {
    EXPECT_EQ(at(end - 24h).text, "expires 2030-03-01 12:00 UTC");
    EXPECT_THAT(at(end).text, HasSubstr("expired 2030-03-01 12:00 UTC: clients refuse it"));
    EXPECT_EQ(at(end - 36h).measures.at(0).value, 1.5);
}

TEST(CertificateCheck, ARefusedReplacementIsAWarningAtLeast) {
    EXPECT_EQ(at(end - 30 * 24h, "no key").health, Health::warning);
    EXPECT_THAT(at(end - 30 * 24h, "no key").text, HasSubstr("another was refused: no key"));
    EXPECT_EQ(at(end, "no key").health, Health::critical);
}

}  // namespace
}  // namespace postrider
