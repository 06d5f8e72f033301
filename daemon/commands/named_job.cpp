#include "daemon/commands/named_job.h"

#include "daemon/configuration.h"
#include "lib/store/job_queries.h"
#include "lib/store/site_task_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace postrider {

namespace {

class ConfiguredJob final : public NamedJob {
public:
    ConfiguredJob(std::unique_ptr<JobQueries> jobs, std::string name)
        : jobs_(std::move(jobs)), name_(std::move(name)) {}

    boost::json::object show() override { return jobs_->show(name_).value(); }
    boost::json::array history(int limit) override { return jobs_->history(name_, limit); }
    std::optional<boost::json::object> show_run(long long id) override {
        auto run = jobs_->show_run(id);
        if (run && run->at("job").as_string() != name_) run.reset();
        return run;
    }

    std::string run() override {
        jobs_->request(name_);
        return "asked for: a daemon starts it within 2 s, as soon as its queue is free";
    }
    std::string pause(const std::string& reason) override {
        jobs_->pause(name_, reason);
        return "paused: no daemon starts it by its schedule";
    }
    std::string resume() override {
        jobs_->resume(name_);
        return "resumed";
    }

private:
    std::unique_ptr<JobQueries> jobs_;
    std::string name_;
};

/// In the site's tables, as its operators would do it in its admin.
class SiteJob final : public NamedJob {
public:
    SiteJob(std::unique_ptr<SiteTaskQueries> tasks, long long id, std::vector<std::string> queues)
        : tasks_(std::move(tasks)), id_(id), queues_(std::move(queues)) {}

    boost::json::object show() override {
        auto task = tasks_->show(id_);
        must_be_there(task.has_value());
        return std::move(*task);
    }
    boost::json::array history(int limit) override { return tasks_->history(id_, limit); }
    std::optional<boost::json::object> show_run(long long id) override { return tasks_->show_run(id_, id); }

    std::string run() override {
        const boost::json::object before = show();
        must_be_there(tasks_->request(id_));
        const std::string queue(before.at("queue").as_string());
        const bool ours = std::find(queues_.begin(), queues_.end(), queue) != queues_.end();
        return fmt::format(
            "it is due now: {}{}",
            ours ? "a daemon starts it within 2 s, as soon as its queue is free"
                 : "the site's own runner starts it, since quicksilver.queues has not its queue " + queue,
            before.at("next_run").is_null() ? "; it was paused, and goes on from here" : "");
    }
    std::string pause(const std::string& reason) override {
        if (!reason.empty())
            throw std::runtime_error("a site's task has no place for a reason: pause it without --reason");
        must_be_there(tasks_->pause(id_));
        return "paused: it has no next run any more, for the site either";
    }
    std::string resume() override {
        if (tasks_->resume(id_)) return "resumed: it is due now, since nothing knows when it would have been";
        return fmt::format("it is not paused: its next run is {}",
                           std::string_view(show().at("next_run").as_string()));
    }

private:
    static void must_be_there(bool is_there) {
        if (!is_there) throw std::runtime_error("the site has no such task any more");
    }

    std::unique_ptr<SiteTaskQueries> tasks_;
    long long id_;
    std::vector<std::string> queues_;
};

std::unique_ptr<NamedJob> find_site_job(const Config& config, const std::string& name) {
    const SiteTaskSettings& settings = *config.quicksilver;
    auto tasks = std::make_unique<SiteTaskQueries>(database_settings(config), settings.run_send_task);
    const std::string obstacle = tasks->obstacle();
    if (!obstacle.empty()) throw DatabaseSetupError(obstacle);
    const std::vector<long long> found = tasks->find(name);
    if (found.empty())
        throw std::runtime_error(fmt::format(
            "no daemon has ever had a job {0}, and the site has no task {0} (`postrider jobs list` "
            "lists them)",
            name));
    if (found.size() > 1)
        throw std::runtime_error(
            fmt::format("the site has {} tasks {}: name one of them by its number, as "
                        "`postrider jobs list` does ({}#{})",
                        found.size(), name, name, found.front()));
    return std::make_unique<SiteJob>(std::move(tasks), found.front(), settings.queues);
}

}  // namespace

std::unique_ptr<NamedJob> find_job(const Config& config, const std::string& name) {
    auto jobs = std::make_unique<JobQueries>(database_settings(config));
    if (jobs->show(name)) return std::make_unique<ConfiguredJob>(std::move(jobs), name);
    if (config.quicksilver) return find_site_job(config, name);
    throw std::runtime_error(
        fmt::format("no daemon has ever had a job {} (`postrider jobs list` lists them; the site's own tasks "
                    "are among them where `quicksilver` is configured)",
                    name));
}

boost::json::array list_jobs(const Config& config) {
    boost::json::array rows = JobQueries(database_settings(config)).list();
    if (!config.quicksilver) return rows;
    SiteTaskQueries tasks(database_settings(config), config.quicksilver->run_send_task);
    for (boost::json::value& row : tasks.list()) rows.push_back(std::move(row));
    return rows;
}

}  // namespace postrider
