// Beside a Django site that has all its habits, and sends too. `make races` for more of it.
#include "tests/system/races.h"

#include "tests/system/django.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::IsEmpty;

TEST(RacesTest, BesideASiteThatSendsTooEachMessageArrivesOnceAndNoEndIsUndone) {
    if (const std::string obstacle = django_obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    // All levels race in `make races`: at SERIALIZABLE the site's own work is cancelled too often for a short
    // run to be sure of its end.
    const RaceFigures figures =
        run_races({.messages = 120, .isolations = {"read committed", "repeatable read"}});
    EXPECT_THAT(figures.findings, IsEmpty());
    EXPECT_GE(figures.messages, 120);
    EXPECT_GT(figures.sent_by_site, 0);
    EXPECT_GT(figures.refused, 0);
    EXPECT_GT(figures.resets, 0);
}

}  // namespace
}  // namespace postrider::testing
