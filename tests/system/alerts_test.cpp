// The alert rules that we hand out.
#include "tests/system/program.h"

#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

TEST(AlertRules, FireWhenTheyShouldAsPromtoolTriesThem) {
    const Ran ran = run_program({"sh", "-c",
                                 "cd " POSTRIDER_SOURCE_DIR
                                 "/config/prometheus && promtool test rules alerts_test.yaml"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
}

}  // namespace
}  // namespace postrider::testing
