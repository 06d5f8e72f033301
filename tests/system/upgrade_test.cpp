// Hosts are upgraded one after the other: what a newer version does to the database, and what daemons of before do then.
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <signal.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

class Upgrade : public SystemTest {
protected:
    /// As a newer version would have left it.
    void migrate_by_a_newer_version() {
        site.execute("insert into postrider.migration (number, name) values (9999, 'of tomorrow')");
    }
};

TEST_F(Upgrade, ADaemonThatRunsGoesOnBesideANewerSchemaAlsoWhenItFindsTheDatabaseAgain) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    migrate_by_a_newer_version();
    const MessageId before = site.insert();
    ASSERT_TRUE(site.wait_for_end(before)) << daemon.log();
    { const ServerStopped stopped(site.server(), SIGQUIT); }
    ASSERT_TRUE(site.wait_for("select true"));
    const MessageId after = site.insert();
    ASSERT_TRUE(site.wait_for_end(after)) << daemon.log();
    EXPECT_TRUE(site.row(after).ended_well());
    EXPECT_TRUE(daemon.running());
}

TEST_F(Upgrade, WhatIsStartedThenRefusesAndSaysWhatToUse) {
    migrate_by_a_newer_version();
    DaemonProcess daemon(config());
    EXPECT_EQ(daemon.wait_for_exit(), 2);
    EXPECT_THAT(daemon.log(), HasSubstr("migrated by a newer Postrider"));
    const Ran listed = postrider_with(daemon.config_file(), {"messages"});
    EXPECT_EQ(listed.exit_code, 2);
    EXPECT_THAT(listed.err, HasSubstr("migrated by a newer Postrider"));
    const Ran migrated = postrider_command({"migrate", "--database", site.url(owner_role)});
    EXPECT_EQ(migrated.exit_code, 2);
    EXPECT_THAT(migrated.err, HasSubstr("nothing was changed"));
}

TEST_F(Upgrade, MigratingGrantsADaemonsRoleAgainWhatItNeeds) {
    site.execute("revoke select on postrider.suppression from postrider_daemon");
    EXPECT_EQ(postrider_command({"migrate", "--database", site.url(owner_role)}).exit_code, 0);
    EXPECT_EQ(site.value("select has_table_privilege('postrider_daemon', 'postrider.suppression', 'select')"),
              "t");
}

TEST_F(Upgrade, WithADatabaseOptionTheConfigurationsTriggersAreNotHeeded) {
    const Folder folder;
    const auto without = folder.write(
        "without.yaml", "database: { url: \"" + site.url(owner_role) + "\", notify: false, guard: false }\n");
    const std::string triggers =
        "select count(*) from pg_trigger where tgname in ('postrider_guard', "
        "'postrider_doorbell_insert', 'postrider_doorbell_update')";
    EXPECT_EQ(postrider_with(without, {"migrate"}).exit_code, 0);
    EXPECT_EQ(site.number(triggers), 0);
    EXPECT_EQ(postrider_with(without, {"migrate", "--database", site.url(owner_role)}).exit_code, 0);
    EXPECT_EQ(site.number(triggers), 3);
}

}  // namespace
}  // namespace postrider::testing
