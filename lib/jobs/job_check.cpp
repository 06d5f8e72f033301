#include "lib/health/status_messages.h"
#include "lib/jobs/job_scheduler.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::minutes overdue_after{2};
constexpr std::chrono::seconds stuck_after{60};  // beyond the time-out, and what ending it takes
constexpr std::size_t names_max = 5;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), names_max); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > names_max) text += fmt::format(" and {} more", names.size() - names_max);
    return text;
}

}  // namespace

std::optional<Check> JobScheduler::check() const {
    if (jobs_.empty()) return std::nullopt;
    Check check{.name = "jobs"};
    const TimePoint now = parts_.clock.now();
    std::vector<std::string> failing;
    std::vector<std::string> overdue;
    std::vector<std::string> paused;
    for (const auto& [name, state] : states_) {
        if (!jobs_.contains(name)) continue;
        if (state.paused) paused.push_back(name);
        if (!state.last_status.empty() && state.last_status != to_string(RunStatus::success))
            failing.push_back(fmt::format("{} ({})", name, state.last_status));
        const bool runs = std::any_of(open_.begin(), open_.end(),
                                      [job = &name](const OpenRun& each) { return each.job == *job; });
        const auto time = start_time(state);
        if (time && !runs && now - *time > overdue_after) overdue.push_back(name);
    }
    std::vector<std::string> stuck;
    for (const Run& run : runs_) {
        const bool limited = run.job.timeout.count() > 0;
        if (limited && now - run.started > run.job.timeout + run.job.kill_after + stuck_after)
            stuck.push_back(run.job.name);
    }
    say<status::jobs_counts>(check, jobs_.size(), runs_.size());
    if (!failing.empty()) say<status::jobs_failed>(check, listed(failing));
    if (!overdue.empty()) say<status::jobs_overdue>(check, listed(overdue));
    if (!stuck.empty()) say<status::jobs_stuck>(check, listed(stuck));
    if (!paused.empty()) say<status::jobs_paused>(check, listed(paused));
    if (is_copy_) say<status::jobs_copy>(check);
    if (!trouble_.empty()) say<status::jobs_unknown>(check, trouble_);
    check.measures.push_back({"jobs_running", static_cast<double>(runs_.size()), "", "", ""});
    return check;
}

}  // namespace postrider
