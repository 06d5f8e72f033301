// A database with the tables of a live site, as Django made them.
#include "lib/store/installation.h"
#include "lib/store/migrator.h"
#include "tests/integration/django_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

const auto silent = [](const std::string&) {};

MigrateOptions granting() {
    MigrateOptions options;
    options.grant_to = daemon_role;
    return options;
}

constexpr const char* insert_all_columns =
    "insert into simple_messaging_outgoingmessage (destination, message, send_date, errored) "
    "values ('+15550100', 'as Django writes it', now(), false) returning id";

struct AdoptionTest : ::testing::TestWithParam<DjangoIds> {
    TestDatabase db{"template1"};
};

TEST_P(AdoptionTest, LeavesNoTraceInTheSitesTablesOnceUninstalled) {
    make_django_site(db, GetParam());
    const std::string before = db.dump();
    migrate(db.settings("postgres"), granting(), silent);
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(db.dump(), before);
    EXPECT_EQ(db.text("select to_regnamespace('postrider')"), "(null)");
}

TEST_P(AdoptionTest, KeepsEveryRowAsItIs) {
    make_django_site(db, GetParam());
    const auto id = db.number(insert_all_columns);
    const std::string rows =
        "select string_agg(m::text || m.xmin::text, ',') from simple_messaging_outgoingmessage m";
    const std::string before = db.text(rows);
    migrate(db.settings("postgres"), granting(), silent);
    EXPECT_EQ(db.text(rows), before);
    EXPECT_EQ(db.text("select state from postrider.messages where id = $1", id), "due");
}

TEST_P(AdoptionTest, LeavesTheSiteAbleToWrite) {
    make_django_site(db, GetParam());
    migrate(db.settings("postgres"), granting(), silent);
    const auto site = db.connect("site");
    pqxx::nontransaction session(*site);
    const auto id = session.exec(insert_all_columns)[0][0].as<long long>();
    session.exec_params(
        "update simple_messaging_outgoingmessage set send_date = now() - interval '1s' where id = $1", id);
    session.exec_params(
        "insert into simple_messaging_outgoingmessagemedia (\"index\", content_type, message_id) "
        "values (0, 'image/png', $1)",
        id);
    EXPECT_GT(session.exec("select postrider.enqueue('+15550101', 'by function')")[0][0].as<long long>(), id);
}

TEST_P(AdoptionTest, LeavesTheSiteAbleToSendByItselfAndItsOldCopiesWithoutEffect) {
    make_django_site(db, GetParam());
    migrate(db.settings("postgres"), granting(), silent);
    const auto id = db.number(insert_all_columns);
    const auto site = db.connect("site");
    pqxx::nontransaction session(*site);
    session.exec("reset postrider.guard");
    session.exec_params("update simple_messaging_outgoingmessage set sent_date = now() where id = $1", id);
    session.exec_params(
        "update simple_messaging_outgoingmessage set sent_date = null, transmission_metadata = null "
        "where id = $1",
        id);
    EXPECT_EQ(db.text("select state from postrider.messages where id = $1", id), "sent");
    EXPECT_EQ(db.text("select verdict from postrider.attempt_history"), "site");
}

INSTANTIATE_TEST_SUITE_P(Ids, AdoptionTest, ::testing::Values(serial_ids, identity_ids, big_ids),
                         [](const auto& each) { return each.param.name; });

struct OddSiteTest : ::testing::Test {
    std::string refusal() {
        try {
            migrate(db.settings("postgres"), {}, silent);
        } catch (const DatabaseSetupError& error) {
            return error.what();
        }
        return "";
    }

    TestDatabase db{"template1"};
};

TEST_F(OddSiteTest, AnOlderSiteWithoutLaterColumnsIsAdoptedAndLeftWithoutThem) {
    make_django_site(db, serial_ids);
    db.script(
        "alter table simple_messaging_outgoingmessage drop column lookup_key, drop column message_metadata;"
        "alter table simple_messaging_incomingmessage drop column lookup_key;");
    const std::string before = db.dump();
    migrate(db.settings("postgres"), granting(), silent);
    EXPECT_GT(db.number("select postrider.enqueue('+15550100', 'hello')"), 0);
    EXPECT_FALSE(inspect_installation(*db.connect(daemon_role)).has_lookup_keys);
    db.script(
        "reset postrider.guard; update simple_messaging_outgoingmessage set sent_date = now();"
        "update simple_messaging_outgoingmessage set sent_date = now() + interval '1 second';"
        "update simple_messaging_outgoingmessage set sent_date = null, transmission_metadata = null;"
        "set postrider.guard = off");
    EXPECT_EQ(db.text("select state from postrider.messages"), "sent");
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, TablesThatAreMissingAreMadeAndStay) {
    make_django_site(db, serial_ids);
    db.script(
        "drop table simple_messaging_outgoingmessagemedia, simple_messaging_incomingmessagemedia, "
        "simple_messaging_incomingmessage");
    std::string said;
    MigrateOptions trial;
    trial.dry_run = true;
    migrate(db.settings("postgres"), trial, [&](const std::string& what) { said += what + "\n"; });
    EXPECT_THAT(said, HasSubstr("absent:  simple_messaging_outgoingmessagemedia"));
    migrate(db.settings("postgres"), granting(), silent);
    EXPECT_GT(db.number("select postrider.enqueue('+15550100', 'hello')"), 0);
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(db.number("select count(*) from simple_messaging_outgoingmessagemedia"), 0);
}

TEST_F(OddSiteTest, ADryRunSaysWhatItFoundWhatItWouldAddAndWhatItCosts) {
    make_django_site(db, serial_ids);
    for (int i = 0; i < 3; ++i) db.sql(insert_all_columns);
    db.script(
        "update simple_messaging_outgoingmessage set sent_date = now() where id = 1;"
        "update simple_messaging_outgoingmessage set send_date = now() + interval '1 day' where id = 2");
    std::string said;
    MigrateOptions trial;
    trial.dry_run = true;
    migrate(db.settings("postgres"), trial, [&](const std::string& what) { said += what + "\n"; });
    for (const char* words :
         {"present: simple_messaging_outgoingmessage (owner site", "would create the guard's trigger",
          "waiting: 2 messages, 1 of them due", "cost:    two indexes, about 8272 bytes together"}) {
        EXPECT_THAT(said, HasSubstr(words));
    }
}

TEST_F(OddSiteTest, TablesInAnotherSchemaOfTheSearchPathAreFoundThere) {
    make_django_site(db, serial_ids, "\"Site data\"");
    const std::string before = db.dump();
    migrate(db.settings("postgres"), granting(), silent);
    EXPECT_EQ(db.text("select site_schema from postrider.installation"), "Site data");
    EXPECT_EQ(db.text("select to_regclass('public.simple_messaging_outgoingmessage')"), "(null)");
    EXPECT_GT(db.number("select postrider.enqueue('+15550100', 'hello')"), 0);
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, TheTablesOwnerCanMigrateWithoutBeingSuperuser) {
    make_django_site(db, serial_ids);
    db.script("grant create on database " + db.name() + " to site");
    const std::string before = db.dump();
    migrate(db.settings("site"), {}, silent);
    EXPECT_GT(db.number("select postrider.enqueue('+15550100', 'hello')"), 0);
    uninstall(db.settings("site"), false, silent);
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, ARoleThatDoesNotOwnTheTablesIsRefusedBeforeAnythingIsChanged) {
    make_django_site(db, serial_ids);
    db.script("grant create on database " + db.name() + " to app; grant usage on schema public to app");
    const std::string before = db.dump();
    try {
        migrate(db.settings("app"), {}, silent);
        ADD_FAILURE() << "not refused";
    } catch (const DatabaseSetupError& error) {
        EXPECT_THAT(error.what(), HasSubstr("site"));
    }
    EXPECT_EQ(db.text("select to_regnamespace('postrider')"), "(null)");
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, RightsThatTheDaemonsRoleHadBeforeAreKeptAtUninstall) {
    make_django_site(db, serial_ids);
    db.script("grant select on simple_messaging_outgoingmessage to postrider_daemon");
    const std::string before = db.dump();
    migrate(db.settings("postgres"), granting(), silent);
    migrate(db.settings("postgres"), granting(), silent);
    uninstall(db.settings("postgres"), false, silent);
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, AColumnOfAnotherTypeIsNamedAndNothingIsChanged) {
    make_django_site(db, serial_ids);
    db.script("alter table simple_messaging_outgoingmessage alter column send_date type timestamp");
    const std::string before = db.dump();
    EXPECT_THAT(refusal(),
                HasSubstr("simple_messaging_outgoingmessage.send_date is timestamp without time zone"));
    EXPECT_EQ(db.text("select to_regnamespace('postrider')"), "(null)");
    EXPECT_EQ(db.dump(), before);
}

TEST_F(OddSiteTest, AMissingColumnIsNamedAndNothingIsChanged) {
    make_django_site(db, serial_ids);
    db.script("alter table simple_messaging_outgoingmessage rename column errored to failed");
    const std::string before = db.dump();
    EXPECT_THAT(refusal(), HasSubstr("simple_messaging_outgoingmessage has no column errored"));
    EXPECT_EQ(db.text("select to_regnamespace('postrider')"), "(null)");
    EXPECT_EQ(db.dump(), before);
}

}  // namespace
}  // namespace postrider::testing
