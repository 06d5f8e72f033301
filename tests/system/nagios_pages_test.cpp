// The monitoring pages of the Django package, as its check scripts read them.
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
namespace json = boost::json;

struct NagiosPages : SystemTest {
    static HttpPage page(const DaemonProcess& daemon, const std::string& name) {
        return http_get(daemon.url() + "/nagios/" + name + ".json");
    }
    static json::object read(const DaemonProcess& daemon, const std::string& name) {
        const HttpPage got = page(daemon, name);
        EXPECT_EQ(got.status, 200) << name << ": " << got.body;
        EXPECT_EQ(got.content_type, "application/json");
        return json::parse(got.body).as_object();
    }
    static std::string text(const json::value& list) { return json::serialize(list); }
};

TEST_F(NagiosPages, TellOfTheHost) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    const json::object cpu = read(daemon, "cpu-load");
    const double busy = cpu.at("cpu_percentage").to_number<double>();
    EXPECT_GE(busy, 0);
    EXPECT_LE(busy, 100);
    EXPECT_EQ(cpu.at("cpu_status").as_string(), busy >= 95 ? "critical" : busy >= 80 ? "warning" : "normal");
    for (const auto& [device, percent] : read(daemon, "disk-usage")) {
        EXPECT_EQ(device.find("/dev/"), 0u);
        EXPECT_LE(percent.to_number<double>(), 100);
    }
    EXPECT_GT(read(daemon, "total-processes").at("count").as_int64(), 1);
    EXPECT_GE(read(daemon, "zombie-processes").at("count").as_int64(), 0);
    EXPECT_GE(read(daemon, "current-users").at("count").as_int64(), 0);
    EXPECT_EQ(page(daemon, "something-else").status, 404);
}

TEST_F(NagiosPages, NameUnhandledErrorsAndWhatIsWrongWithUs) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
    EXPECT_EQ(text(read(daemon, "other-issues")), R"({"issues":[]})");
    twilio.next(TwilioBehaviour::refuse(400, 21211, "none"));
    const auto id = site.insert();
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_EQ(text(read(daemon, "other-issues")),
              R"({"issues":["simple_messaging: Unhandled errored messages: 1"]})");
    EXPECT_EQ(
        run_program({POSTRIDER_BINARY, "messages", "handled", std::to_string(id), "-c", daemon.config_file()})
            .exit_code,
        0);
    EXPECT_EQ(text(read(daemon, "other-issues")), R"({"issues":[]})");
    twilio.by_default(TwilioBehaviour::refuse(401, 20003, "who?"));
    site.insert();
    EXPECT_TRUE(eventually([&] {
        return page(daemon, "other-issues").says("\"postrider: channel sms: stopped");
    })) << page(daemon, "other-issues").body;
}

TEST_F(NagiosPages, TellWhichEventsOfTheSiteAreLate) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_EQ(text(read(daemon, "background-jobs")), R"({"errors":[],"warnings":[]})")
        << "it has no such table";
    site.execute(
        "create table nagios_monitor_scheduledevent (id serial primary key, event_name varchar(2048) unique, "
        "last_seen timestamptz, warning_minutes integer not null default 5, "
        "error_minutes integer not null default 15);"
        "grant select on nagios_monitor_scheduledevent to public;"
        "insert into nagios_monitor_scheduledevent (event_name, last_seen) values "
        "('site_nudge', now()), ('site_backup', now() - interval '6 minutes'), "
        "('site_export', now() - interval '1 hour'), ('site_never', null)");
    EXPECT_EQ(text(read(daemon, "background-jobs")),
              R"({"errors":["site_export","site_never"],"warnings":["site_backup"]})");
}

TEST_F(NagiosPages, AreForThoseWhoMayReadTheStatus) {
    DaemonProcess daemon(config("", "status: { allowed_hosts: [192.0.2.7] }\n"));
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(page(daemon, "total-processes").status, 403);
}

}  // namespace
}  // namespace postrider::testing
