// `postrider jobs` with a site's own tasks, which a daemon runs.
#include "tests/system/site_tasks_test.h"

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SiteTaskCommandsTest : public SiteTasksSystemTest {
protected:
    static Ran jobs(const std::filesystem::path& file, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "jobs");
        return postrider_with(file, std::move(arguments));
    }
    std::filesystem::path file(const std::string& text) const { return folder.write("postrider.yaml", text); }
};

TEST_F(SiteTaskCommandsTest, OneThatIsAskedForIsRunByADaemonAndSeen) {
    add("nudge");
    site.execute("update quicksilver_task set next_run = now() + interval '1 day'");
    DaemonProcess daemon(with_tasks());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const Ran run = jobs(daemon.config_file(), {"run", "nudge"});
    EXPECT_THAT(run.out, HasSubstr("it is due now: a daemon starts it within 2 s")) << run.err;
    ASSERT_TRUE(ends("nudge")) << daemon.log();
    EXPECT_THAT(jobs(daemon.config_file(), {"show", "nudge"}).out,
                AllOf(HasSubstr("state: waiting"), HasSubstr("next_run: "), HasSubstr("last_status: success"),
                      HasSubstr("mean_s: "), HasSubstr("runs: 1")));
    EXPECT_THAT(jobs(daemon.config_file(), {"history", "nudge"}).out,
                AllOf(HasSubstr("success"), HasSubstr("runtime_s")));
    EXPECT_THAT(jobs(daemon.config_file(), {"history", "nudge", "--run", first("nudge", "e.id")}).out,
                HasSubstr("output:\nnudged 3\n"));
}

TEST_F(SiteTaskCommandsTest, OneThatIsPausedRunsOnceItIsResumed) {
    add("nudge");
    const auto config_file = file(with_tasks());
    EXPECT_THAT(jobs(config_file, {"pause", "nudge", "--reason", "why"}).err,
                HasSubstr("no place for a reason"));
    EXPECT_EQ(jobs(config_file, {"pause", "nudge"}).exit_code, 0);
    EXPECT_EQ(task("nudge", "next_run is null"), "t");
    EXPECT_THAT(jobs(config_file, {"list"}).out, HasSubstr("paused"));
    EXPECT_THAT(jobs(config_file, {"resume", "nudge", "--json"}).out, HasSubstr("resumed: it is due now"));
    EXPECT_THAT(jobs(config_file, {"resume", "nudge"}).out,
                HasSubstr("it is not paused: its next run is 20"));
    DaemonProcess daemon(with_tasks());
    EXPECT_TRUE(ends("nudge")) << daemon.log();
}

TEST_F(SiteTaskCommandsTest, OfSeveralOfOneCommandItsNumberNamesOne) {
    add("brief");
    add("brief");
    add("slow", "null", "another");
    const auto config_file = file(with_tasks());
    const std::string second = site.value("select max(id) from quicksilver_task where command = 'brief'");
    EXPECT_THAT(jobs(config_file, {"list"}).out, HasSubstr("brief#" + second));
    const Ran refused = jobs(config_file, {"pause", "brief"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("the site has 2 tasks brief: name one of them by its number"));
    EXPECT_EQ(jobs(config_file, {"pause", "brief#" + second}).exit_code, 0);
    EXPECT_EQ(site.value("select string_agg(id::text, ' ') from quicksilver_task where next_run is null"),
              second);
    EXPECT_THAT(jobs(config_file, {"run", second}).out, HasSubstr("it was paused, and goes on from here"));
    EXPECT_THAT(jobs(config_file, {"run", "slow"}).out, HasSubstr("the site's own runner starts it"));
}

TEST_F(SiteTaskCommandsTest, WithoutThemItIsSaidWhatIsMissing) {
    add("nudge");
    const Ran without = jobs(file(config()), {"run", "nudge"});
    EXPECT_EQ(without.exit_code, 1);
    EXPECT_THAT(without.err, HasSubstr("where `quicksilver` is configured"));
    const auto config_file = file(with_tasks());
    EXPECT_THAT(
        jobs(config_file, {"show", "other"}).err,
        AllOf(HasSubstr("no daemon has ever had a job other"), HasSubstr("the site has no task other")));
    site.execute("drop table quicksilver_execution, quicksilver_task");
    const Ran dropped = jobs(config_file, {"run", "nudge"});
    EXPECT_EQ(dropped.exit_code, 2);
    EXPECT_THAT(dropped.err, HasSubstr("this database has no table quicksilver_task"));
}

}  // namespace
}  // namespace postrider::testing
