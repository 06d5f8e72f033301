// A site whose Django migrates its tables while the daemon runs.
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::SizeIs;

class SiteChange : public SystemTest {
protected:
    void expect_that_messages_go_on(DaemonProcess& daemon) {
        const auto before = twilio.accepted_count();
        const MessageId id = site.insert();
        ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        EXPECT_TRUE(site.row(id).ended_well());
        EXPECT_THAT(twilio.accepted(), SizeIs(before + 1));
    }
};

TEST_F(SiteChange, ColumnsThatComeAndGrowHoldUpNothing) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    expect_that_messages_go_on(daemon);
    for (const char* change :
         {"add column extra varchar(64) null", "alter column destination type varchar(512)",
          "alter column message_metadata type varchar(9999)", "drop column extra"}) {
        site.execute(fmt::format("alter table simple_messaging_outgoingmessage {}", change));
        expect_that_messages_go_on(daemon);
    }
}

TEST_F(SiteChange, IdsGrowToSixtyFourBitsOnceOurViewIsOutOfTheWayAndMigrateBringsItBack) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    expect_that_messages_go_on(daemon);
    site.execute("drop view postrider.messages");
    site.execute("alter table simple_messaging_outgoingmessage alter column id type bigint using id::bigint");
    expect_that_messages_go_on(daemon);
    const Ran ran = postrider_command({"migrate", "--database", site.url(owner_role)});
    ASSERT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_EQ(site.number("select count(*) from postrider.messages where state = 'sent'"), 2);
    EXPECT_EQ(site.value("select has_table_privilege('postrider_daemon', 'postrider.messages', 'select')"),
              "t");
}

}  // namespace
}  // namespace postrider::testing
