#include "lib/store/switchboard.h"

#include "lib/store/grants.h"
#include "tests/integration/test_database.h"
#include "tests/support/switchboard_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct SwitchboardTest : ::testing::Test {
    std::vector<SiteChannel> read(const std::string& role = "postgres") {
        return read_site_channels(db.settings(role));
    }
    void make_tables() { db.script(switchboard_tables_sql); }

    TestDatabase db;
};

TEST_F(SwitchboardTest, WithoutTheTablesThereAreNoChannels) {
    EXPECT_THAT(read(daemon_role), IsEmpty());
    EXPECT_THAT(read_site_channels(*db.connect(daemon_role), "public"), IsEmpty());
}

TEST_F(SwitchboardTest, ChannelsComeInTheOrderOfTheirIds) {
    make_tables();
    db.script(R"(
        insert into simple_messaging_switchboard_channeltype (name, package_name)
        values ('Twilio', 'simple_messaging_twilio'), ('Push', 'simple_messaging_push_notifications');
        insert into simple_messaging_switchboard_channel
            (id, name, identifier, is_enabled, is_default, configuration, channel_type_id)
        values (2, 'Second', 'second', true, false, '{}', 2), (1, 'First', 'first', false, true, '{"a": 1}', 1))");
    const auto channels = read();
    ASSERT_EQ(channels.size(), 2u);
    EXPECT_EQ(channels[0],
              (SiteChannel{"first", "simple_messaging_twilio", false, true, Secret(R"({"a": 1})")}));
    EXPECT_EQ(channels[1],
              (SiteChannel{"second", "simple_messaging_push_notifications", true, false, Secret("{}")}));
}

TEST_F(SwitchboardTest, TablesThatAreNotAsTheyShouldBeAreSaid) {
    make_tables();
    db.script("alter table simple_messaging_switchboard_channel drop column is_default");
    try {
        read();
        FAIL() << "read all the same";
    } catch (const DatabaseSetupError& error) {
        EXPECT_THAT(error.what(), HasSubstr("is_default"));
        EXPECT_THAT(error.what(), HasSubstr("switchboard: false"));
    }
}

TEST_F(SwitchboardTest, ARoleThatMayNotReadThemIsToldWhatToDoAndMayAfterwards) {
    make_tables();
    std::string refusal;
    try {
        read(daemon_role);
    } catch (const DatabaseSetupError& error) {
        refusal = error.what();
    }
    EXPECT_THAT(refusal, HasSubstr("migrate --grant " + std::string(daemon_role)));
    EXPECT_THAT(refusal, HasSubstr("switchboard: false"));
    grant_to_daemon(*db.connect(), "public", daemon_role);
    EXPECT_THAT(read(daemon_role), IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
