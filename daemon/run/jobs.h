#pragma once

#include "daemon/run/duty.h"
#include "lib/async/blocking_pool.h"
#include "lib/async/task_group.h"
#include "lib/config/config.h"
#include "lib/health/metrics.h"
#include "lib/jobs/job_scheduler.h"
#include "lib/model/attempt.h"
#include "lib/net/http_client.h"
#include "lib/quicksilver/site_task_scheduler.h"
#include "lib/store/database.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace postrider {

/// What jobs are built on; all of it outlives them.
struct JobsParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Database& database;
    DatabaseSettings settings;
    HttpClient& http;
    std::function<DaemonId()> daemon;
    std::string program;                ///< this one
    std::filesystem::path config_file;  ///< for built-in tasks, which are commands of it
    BlockingPool& files;
    Metrics& metrics;
};

/// The recurring jobs of this daemon, and the site's own tasks.
class Jobs {
public:
    explicit Jobs(JobsParts parts);
    ~Jobs();

    void set_jobs(const Config& config);
    void start();
    /// Starts no more, and lets what runs end within `grace`; then ends it.
    Task<> stop(std::chrono::milliseconds grace);

    /// Ends a `stop` under way sooner.
    void cut_short() {
        scheduler_->cut_short();
        site_tasks_->cut_short();
    }

    std::vector<Check> checks() const;

private:
    class RunnerByKind;

    std::unique_ptr<JobStore> store_;
    std::unique_ptr<RunnerByKind> runner_;
    std::unique_ptr<JobScheduler> scheduler_;
    std::unique_ptr<SiteTaskStore> site_store_;
    std::unique_ptr<TaskLocks> locks_;
    std::unique_ptr<SiteTaskScheduler> site_tasks_;
    Executor executor_;
    TaskGroup tasks_;
};

/// The site's tasks as they are now; both outlive it. Throws when the database is away.
Task<SiteTaskReport> read_site_task_report(Database& database, const Clock& clock, const Config& config);

}  // namespace postrider
