#include "daemon/run/jobs.h"

#include "lib/jobs/command_runner.h"
#include "lib/jobs/http_runner.h"
#include "lib/quicksilver/task_locks.h"
#include "lib/store/pg_jobs.h"
#include "lib/store/pg_site_tasks.h"
#include "lib/store/site_task_rows.h"
#include "lib/store/sql_runner.h"

namespace postrider {

class Jobs::RunnerByKind final : public JobRunner {
public:
    explicit RunnerByKind(const JobsParts& parts)
        : command_(make_command_runner(parts.program, parts.config_file.string())),
          http_(make_http_runner(parts.http)),
          sql_(make_sql_runner(parts.executor, parts.database, parts.settings)),
          clock_(parts.clock),
          metrics_(parts.metrics) {}

    Task<RunResult> run(const JobDefinition& job, std::string key, Wakeup& stop) override {
        JobRunner* runner = command_.get();
        if (std::holds_alternative<HttpJob>(job.work)) runner = http_.get();
        if (std::holds_alternative<SqlJob>(job.work)) runner = sql_.get();
        const TimePoint began = clock_.now();
        RunResult result = co_await runner->run(job, std::move(key), stop);
        metrics_.job_ran(job.name, to_string(result.status), clock_.now() - began);
        co_return result;
    }
    void sweep(const std::string& key) override { command_->sweep(key); }

private:
    std::unique_ptr<JobRunner> command_;
    std::unique_ptr<JobRunner> http_;
    std::unique_ptr<JobRunner> sql_;
    Clock& clock_;
    Metrics& metrics_;
};

Jobs::Jobs(JobsParts parts)
    : store_(make_pg_jobs(parts.database, parts.daemon)),
      runner_(std::make_unique<RunnerByKind>(parts)),
      scheduler_(std::make_unique<JobScheduler>(
          JobSchedulerParts{parts.executor, parts.clock, parts.random, *store_, *runner_})),
      site_store_(make_pg_site_tasks(parts.database, parts.daemon)),
      locks_(make_task_locks(parts.files)),
      site_tasks_(std::make_unique<SiteTaskScheduler>(SiteTaskSchedulerParts{
          parts.executor, parts.clock, parts.random, *site_store_, *runner_, *locks_})),
      executor_(parts.executor),
      tasks_(parts.executor) {}

Jobs::~Jobs() = default;

void Jobs::set_jobs(const Config& config) {
    scheduler_->set_history(config.job_history);
    scheduler_->set_jobs(config.jobs);
    site_tasks_->set_settings(config.quicksilver);
}

void Jobs::start() {
    tasks_.spawn("jobs", scheduler_->run());
    tasks_.spawn("site tasks", site_tasks_->run());
}

Task<> Jobs::stop(std::chrono::milliseconds grace) {
    tasks_.cancel();
    co_await tasks_.join();
    TaskGroup ending(executor_);
    ending.spawn("end of jobs", scheduler_->stop(grace));
    ending.spawn("end of the site's tasks", site_tasks_->stop(grace));
    co_await ending.join();
}

std::vector<Check> Jobs::checks() const {
    std::vector<Check> checks;
    if (auto check = scheduler_->check()) checks.push_back(std::move(*check));
    if (auto check = site_tasks_->check()) checks.push_back(std::move(*check));
    return checks;
}

Task<SiteTaskReport> read_site_task_report(Database& database, const Clock& clock, const Config& config) {
    // Where the site runs it, its send task is one like the others.
    const bool with_send_task = !config.quicksilver || config.quicksilver->run_send_task;
    auto work = [with_send_task](pqxx::connection& connection) {
        return read_site_tasks(connection, with_send_task);
    };
    SiteTaskReport report;
    report.views = co_await database.run(work);
    report.now = clock.now();
    co_return report;
}

}  // namespace postrider
