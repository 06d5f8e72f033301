// docs/moving-a-site.md, over and back, with a message at each step.
#include "tests/system/django.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Moving : public SystemTest {
protected:
    void SetUp() override {
        if (const std::string obstacle = django_obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
        migrate({"--uninstall"});  // the site as it was before
    }
    std::string migrate(std::vector<std::string> options) {
        std::vector<std::string> command{"migrate", "--database", site.url(owner_role)};
        command.insert(command.end(), options.begin(), options.end());
        const Ran ran = postrider_command(command);
        EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
        return ran.out;
    }
    bool is_installed() { return site.value("select to_regnamespace('postrider') is not null") == "t"; }
    /// What the site's own task does, once.
    void site_transmits() {
        std::vector<std::string> environment = django_environment(site);
        environment.push_back("PROVIDER=" + twilio.base_url());
        const Ran ran = run_program({django_python, POSTRIDER_SOURCE_DIR "/tests/django/transmit_due.py"}, "",
                                    environment);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
    }
    std::string who_sent(MessageId id) {
        return site.value(fmt::format(
            "select string_agg(verdict, ' ') from postrider.attempt_history where message_id = {}", id));
    }
    const std::string mine = "+13125550177";
};

TEST_F(Moving, OverAndBackEachMessageIsSentOnceByWhoeverIsToSendIt) {
    site.insert({.message = "before"});
    site_transmits();

    EXPECT_THAT(migrate({"--dry-run"}), HasSubstr("present: simple_messaging_outgoingmessage"));
    EXPECT_FALSE(is_installed());
    migrate({"--grant", daemon_role});
    site.insert({.message = "migrated"});
    site_transmits();

    DaemonProcess daemon(config("", "delivery: hold\n"));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const MessageId held = site.insert({.message = "held"});
    site_transmits();
    EXPECT_EQ(who_sent(held), "site");

    ASSERT_TRUE(daemon.reload(config("", "delivery: only\nonly_to: [\"" + mine + "\"]\n")));
    const MessageId to_me = site.insert({.destination = mine, .message = "to me"});
    ASSERT_TRUE(site.wait_for_end(to_me)) << daemon.log();
    EXPECT_EQ(who_sent(to_me), "sent");
    const MessageId to_others = site.insert({.message = "to others"});
    site_transmits();
    EXPECT_EQ(who_sent(to_others), "site");

    ASSERT_TRUE(daemon.reload(config()));
    const MessageId live = site.insert({.message = "live"});
    ASSERT_TRUE(site.wait_for_end(live)) << daemon.log();
    site_transmits();
    EXPECT_EQ(who_sent(live), "sent");

    ASSERT_TRUE(daemon.reload(config("", "delivery: hold\n")));
    ASSERT_TRUE(site.wait_for("select not exists (select from postrider.attempt)"));
    const MessageId back = site.insert({.message = "on the way back"});
    site_transmits();
    EXPECT_EQ(who_sent(back), "site");
    EXPECT_EQ(daemon.stop(), 0);

    migrate({"--uninstall"});
    EXPECT_FALSE(is_installed());
    EXPECT_EQ(site.number("select count(*) from pg_trigger where not tgisinternal"), 0);
    site.insert({.message = "back"});
    site_transmits();
    EXPECT_THAT(all_texts(), ElementsAre("before", "migrated", "held", "to me", "to others", "live",
                                         "on the way back", "back"));
    EXPECT_THAT(twilio.refused(), IsEmpty());
    EXPECT_EQ(site.number(
                  "select count(*) from simple_messaging_outgoingmessage where sent_date is null or errored"),
              0);
}

}  // namespace
}  // namespace postrider::testing
