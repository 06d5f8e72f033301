#include "lib/store/installation.h"

#include "lib/store/migrations.h"
#include "lib/store/migrator.h"
#include "tests/integration/django_site.h"
#include "tests/integration/pooler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const DatabaseSettings& settings) {
    try {
        inspect_installation(*open_connection(settings));
    } catch (const DatabaseSetupError& error) {
        return error.what();
    }
    return "";
}

struct InstallationTest : ::testing::Test {
    std::string refusal_of(const std::string& role = daemon_role) { return refusal(db.settings(role)); }

    TestDatabase db;
};

TEST_F(InstallationTest, AMigratedDatabaseSaysWhatItIs) {
    const TimePoint before = db.now();
    const Installation installation = inspect_installation(*db.connect(daemon_role));
    EXPECT_EQ(installation.site_schema, "public");
    EXPECT_EQ(installation.hash_salt.reveal().size(), 32u);
    EXPECT_LE(installation.installed, before);
    EXPECT_GE(installation.now, before);
}

TEST_F(InstallationTest, TheDatabaseIsKnownByItsClusterAndItsNumberThereTellsCopiesApart) {
    const Installation original = inspect_installation(*db.connect(daemon_role));
    EXPECT_EQ(original.database.system_identifier,
              db.text("select system_identifier::text from pg_control_system()"));
    EXPECT_EQ(original.migrated_on, original.database.system_identifier);
    const TestDatabase copy;
    const Installation copied = inspect_installation(*copy.connect(daemon_role));
    EXPECT_EQ(copied.hash_salt.reveal(), original.hash_salt.reveal());
    EXPECT_NE(copied.database, original.database);
}

TEST_F(InstallationTest, ARoleThatMayNotAskForTheClustersIdentityWorksWithoutIt) {
    db.script("revoke execute on function pg_control_system() from public");
    const Installation installation = inspect_installation(*db.connect(daemon_role));
    EXPECT_EQ(installation.database.system_identifier, "");
    EXPECT_NE(installation.database.database_id, 0);
}

TEST_F(InstallationTest, ADatabaseThatWasNeverMigratedIsToldWhatToDo) {
    TestDatabase empty("template1");
    EXPECT_THAT(refusal(empty.settings()), HasSubstr("run `postrider migrate`"));
}

TEST_F(InstallationTest, ADatabaseOfAnOlderVersionIsToldWhatToDo) {
    db.sql("delete from postrider.migration where number = $1", newest_migration());
    EXPECT_THAT(refusal_of(), AllOf(HasSubstr("older Postrider"), HasSubstr("run `postrider migrate`")));
}

TEST_F(InstallationTest, ADatabaseOfANewerVersionIsRefused) {
    db.script("insert into postrider.migration (number, name) values (9999, 'of tomorrow')");
    EXPECT_THAT(refusal_of(), HasSubstr("newer Postrider (step 9999"));
}

TEST_F(InstallationTest, AMissingPrivilegeIsNamedWithItsRemedy) {
    db.script(
        "revoke update on simple_messaging_outgoingmessage from postrider_daemon; "
        "revoke delete on postrider.attempt from postrider_daemon");
    EXPECT_THAT(refusal_of(),
                AllOf(HasSubstr("update on simple_messaging_outgoingmessage, delete on postrider.attempt"),
                      HasSubstr("postrider migrate --grant postrider_daemon")));
}

TEST_F(InstallationTest, ARoleThatWasGrantedNothingIsToldWhatToDo) {
    EXPECT_THAT(refusal_of("app"), HasSubstr("postrider migrate --grant app"));
}

TEST_F(InstallationTest, ARoleThatMayOnlyEnqueueIsToldWhatToDo) {
    db.script("grant insert on simple_messaging_outgoingmessage to app");
    migrate(db.settings("postgres"), {}, [](const std::string&) {});
    EXPECT_THAT(refusal_of("app"), HasSubstr("postrider migrate --grant app"));
}

TEST_F(InstallationTest, ASiteSchemaThatMayNotBeUsedIsNamed) {
    TestDatabase site("template1");
    make_django_site(site, serial_ids, "site_data");
    MigrateOptions options;
    options.grant_to = daemon_role;
    migrate(site.settings("postgres"), options, [](const std::string&) {});
    EXPECT_EQ(refusal(site.settings()), "");
    site.script("revoke usage on schema site_data from postrider_daemon");
    EXPECT_THAT(refusal(site.settings()),
                AllOf(HasSubstr("usage on schema site_data"), HasSubstr("--grant postrider_daemon")));
}

TEST_F(InstallationTest, AWrongColumnIsNamed) {
    db.script("alter table simple_messaging_outgoingmessage rename column destination to whereto");
    EXPECT_THAT(refusal_of(), HasSubstr("has no column destination"));
}

TEST_F(InstallationTest, APoolerInTransactionModeIsRefusedWithAdvice) {
    if (!Pooler::is_installed()) GTEST_SKIP() << "PgBouncer is not installed";
    const Pooler pooler;
    DatabaseSettings settings = db.settings();
    settings.url = Secret(pooler.url(db.name(), daemon_role));
    EXPECT_THAT(refusal(settings), AllOf(HasSubstr("pooler"), HasSubstr("the server's own address")));
}

}  // namespace
}  // namespace postrider::testing
