// A daemon that runs a site's jobs and nothing else, beside one that sends.
#include "lib/process/child_process.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <signal.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

/// `postrider run --only-jobs`.
class JobsDaemon {
public:
    explicit JobsDaemon(const std::string& config)
        : file_(folder_.write("jobs.yaml", config)),
          process_({POSTRIDER_BINARY, "run", "--only-jobs", "--config", file_.string()},
                   {.output = folder_.path() / "log", .environment = {}}) {}

    bool wait_for_log(const std::string& text) const {
        return eventually([&] { return log().find(text) != std::string::npos; });
    }
    std::string url() const {
        wait_for_log("port=");
        return "http://127.0.0.1:" + std::to_string(std::stoi(log().substr(log().find("port=") + 5)));
    }
    HttpPage status() const { return http_get(url() + "/status"); }
    void reload(const std::string& config) const {
        folder_.write("jobs.yaml", config);
        process_.signal(SIGHUP);
    }
    /// The exit code; -1 if it does not end in time.
    int stop(int signals = 1) {
        for (int i = 0; i < signals; ++i) {
            process_.signal(SIGTERM);
            if (i == 0) wait_for_log("stopping");
        }
        return process_.wait_for(patience).value_or(-1);
    }
    std::string log() const { return contents(folder_.path() / "log"); }

private:
    Folder folder_;
    std::filesystem::path file_;
    ChildProcess process_;
};

class JobsOnlyTest : public SystemTest {
protected:
    std::string jobs_config() const {
        return fmt::format(
            "database: {{ url: \"{}\" }}\nlisten: {{ port: 0 }}\njobs:\n"
            "  - {{ name: nudge, command: [sh, -c, 'echo nudged'], every: 1h }}\n",
            site.url());
    }
};

TEST_F(JobsOnlyTest, ItRunsThemAndTakesNoMessageFromTheOthers) {
    JobsDaemon jobs(jobs_config());
    ASSERT_TRUE(jobs.wait_for_log("joined the installation")) << jobs.log();
    const auto waiting = site.insert();
    ASSERT_TRUE(
        site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success' and "
                      "output = E'nudged\\n'"))
        << jobs.log();
    EXPECT_TRUE(eventually([&] { return jobs.status().says("POSTRIDER OK"); })) << jobs.status().body;
    EXPECT_THAT(jobs.status().body, HasSubstr("membership: runs jobs, sends nothing"));
    EXPECT_TRUE(site.row(waiting).waits()) << "nobody is there who sends";
    EXPECT_EQ(http_get(jobs.url() + "/incoming/sms").status, 404);

    DaemonProcess sender(config());
    EXPECT_TRUE(site.wait_for_end(waiting)) << sender.log();
    EXPECT_TRUE(sender.wait_for_status("64 of 64 shards, 1 daemon")) << sender.status().body;
    std::vector<NewRow> rows(20);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].destination = fmt::format("+131255502{:02}", i);
    site.insert_all(rows);
    EXPECT_TRUE(site.wait_for_all_ended()) << "each conversation is the sender's: " << sender.log();
    EXPECT_EQ(jobs.stop(), 0) << jobs.log();
    EXPECT_EQ(site.number("select count(*) from postrider.daemon where ended is null"), 1);
}

TEST_F(JobsOnlyTest, ARunEndsWithItAndAReloadChangesItsJobs) {
    JobsDaemon jobs(jobs_config());
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
        << jobs.log();
    jobs.reload(jobs_config() + "  - { name: long, command: [sleep, '1000'], every: 1h }\n");
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where job = 'long'")) << jobs.log();
    EXPECT_EQ(jobs.stop(2), 0) << jobs.log();
    EXPECT_EQ(site.value("select status || ': ' || reason from postrider.job_run where job = 'long'"),
              "interrupted: the daemon stopped");
}

}  // namespace
}  // namespace postrider::testing
