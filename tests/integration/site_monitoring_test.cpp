#include "lib/store/site_monitoring.h"

#include "lib/store/grants.h"
#include "tests/integration/test_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct SiteMonitoringTest : ::testing::Test {
    SiteMonitoring read() { return read_site_monitoring(*db.connect(daemon_role)); }
    void add_message(const std::string& state, const std::string& metadata) {
        db.script(
            "insert into simple_messaging_outgoingmessage (destination, message, sent_date, errored, "
            "transmission_metadata) values ('+13125550101', 'x', now(), " +
            state + ", " + metadata + ")");
    }

    TestDatabase db;
};

TEST_F(SiteMonitoringTest, ErroredMessagesCountUntilSomebodyHasHandledThem) {
    EXPECT_EQ(read().unhandled_errors, 0);
    add_message("false", "'{}'");
    add_message("true", "null");
    add_message("true", "'no JSON'");
    add_message("true", R"('{"error": "x"}')");
    add_message("true", R"('{"error": "x", "error_handled": "2026-02-03T04:05:06"}')");
    EXPECT_EQ(read().unhandled_errors, 3);
}

TEST_F(SiteMonitoringTest, EventsAreLateByTheirOwnLimits) {
    EXPECT_THAT(read().late_errors, IsEmpty()) << "the site has no such app";
    db.script(R"(
        create table nagios_monitor_scheduledevent (
            id serial primary key, event_name varchar(2048) not null unique, last_seen timestamp with time zone,
            warning_minutes integer not null, error_minutes integer not null);
        insert into nagios_monitor_scheduledevent (event_name, last_seen, warning_minutes, error_minutes) values
            ('nudge', now() - interval '4 minutes', 5, 15), ('backup', now() - interval '6 minutes', 5, 15),
            ('export', now() - interval '16 minutes', 5, 15), ('never', null, 5, 15),
            ('patient', now() - interval '16 minutes', 60, 600))");
    grant_to_daemon(*db.connect(), "public", daemon_role);
    const SiteMonitoring found = read();
    EXPECT_THAT(found.late_errors, ElementsAre("export", "never"));
    EXPECT_THAT(found.late_warnings, ElementsAre("backup"));
}

}  // namespace
}  // namespace postrider::testing
