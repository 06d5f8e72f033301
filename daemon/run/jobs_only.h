#pragma once

#include "daemon/run/duty.h"
#include "daemon/run/jobs.h"
#include "lib/async/database_clock.h"
#include "lib/dispatch/membership.h"
#include "lib/store/installation.h"
#include "lib/store/pg_membership.h"

#include <filesystem>
#include <memory>
#include <string>

namespace postrider {

/// Jobs without anything that sends: for a process of a site's own user, which has none of our channels'
/// secrets. Among the daemons of the installation it has no share of the messages.
class JobsOnly final : public Duty {
public:
    JobsOnly(Executor executor, const Config& config, const std::filesystem::path& config_file,
             const DatabaseSettings& settings, const Installation& installation, HttpClient& http,
             Metrics& metrics);

    void start() override;
    Task<> stop(std::chrono::milliseconds grace) override;
    Task<> close() override;
    void cut_short() override { jobs_->cut_short(); }
    void reconfigure(const Config& config) override;
    bool progresses() const override { return true; }
    Task<SiteMonitoring> site_monitoring() override;
    Task<SiteTaskReport> site_tasks() override { return read_site_task_report(database_, clock_, config_); }
    std::vector<Check> checks() const override;

private:
    Task<> follow_clock();
    Task<> close_database_after(std::chrono::milliseconds limit);

    Executor executor_;
    Config config_;
    BlockingPool files_{1};
    DatabaseClock clock_;
    std::unique_ptr<Random> random_;
    Database database_;
    std::unique_ptr<PgMembership> members_;
    Membership membership_;
    std::unique_ptr<Jobs> jobs_;
    TaskGroup tasks_;
    TaskGroup watchdogs_;  // ends last
};

}  // namespace postrider
