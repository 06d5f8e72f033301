// Claims and results that meet the open transactions of others.
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::StartsWith;

using OutboxLockTest = OutboxLoopTest;

TEST_F(OutboxLockTest, WhoeverDeclaresADaemonDeadWaitsForItsClaimUnderWay) {
    const auto wanted = request(insert());
    const auto peer = db.connect();
    pqxx::work burial(*peer);
    burial.exec_params("update postrider.daemon set ended = now() where id = $1", me);
    std::optional<std::vector<Claim>> claims;
    group.spawn("claim", keep(outbox->claim({wanted}, {db.now(), db.now(), TimePoint::min()}), claims));
    ASSERT_TRUE(run_until_one_waits());
    burial.commit();
    ASSERT_TRUE(run_until([&] { return claims.has_value(); }));
    EXPECT_TRUE(claims->empty());
}

TEST_F(OutboxLockTest, AWriteOfTheSiteThatIsStillOpenIsWaitedForAndKept) {
    const Claimed claimed = insert_and_claim();
    const auto site = db.connect();
    pqxx::work transaction(*site);
    transaction.exec_params(
        "update simple_messaging_outgoingmessage set transmission_metadata = '{\"late\": 1}' where id = $1",
        claimed.id());
    std::optional<std::string> ended;
    group.spawn("record", keep(failure_of(outbox->record({sent(claimed)})), ended));
    ASSERT_TRUE(run_until_one_waits());
    transaction.commit();
    ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, "");
    EXPECT_THAT(row(claimed.id()).metadata.value(), StartsWith("{\"late\": 1"));
    EXPECT_TRUE(is_sent(claimed.id()));
}

}  // namespace
}  // namespace postrider::testing
