// What was journaled under another key, or before there was one.
#include "tests/support/reconciler_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::IsEmpty;

using OldKeysTest = testing::ReconcilerTest;
using testing::request_max;

TEST_F(OldKeysTest, EqualTextsHaveARecordEachAlsoWhereTheyWereJournaledUnderDifferentKeys) {
    const MessageId before = left_open("same words");
    privacy = Privacy(Secret(std::string(32, 'k')), Secret("salt"));
    const MessageId after = left_open("same words");
    provider_knows("P1", "same words");
    provider_knows("P2", "same words");
    testing::DaemonInMemory& daemon = add_daemon();
    daemon.privacy = privacy;
    daemon.dispatcher.start();
    pass(request_max);
    EXPECT_TRUE(is_sent(before));
    EXPECT_TRUE(is_sent(after));
    EXPECT_THAT(provider().texts(), IsEmpty());
}

}  // namespace
}  // namespace postrider
