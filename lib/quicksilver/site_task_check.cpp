#include "lib/health/status_messages.h"
#include "lib/quicksilver/site_task_scheduler.h"
#include "lib/schedule/iso_time.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::size_t names_max = 5;
constexpr std::chrono::seconds stuck_min{10};  // the package's: of shorter runs it tells nobody

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), names_max); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > names_max) text += fmt::format(" and {} more", names.size() - names_max);
    return text;
}

/// Without the arguments: they may be anything.
std::string name_of(const SiteTask& task) { return task.command + "[" + task.queue + "]"; }

bool serves(const SiteTaskSettings& settings, const SiteTaskView& view) {
    return std::find(settings.queues.begin(), settings.queues.end(), view.task.queue) !=
           settings.queues.end();
}

}  // namespace

std::optional<Check> SiteTaskScheduler::check() const {
    if (!settings_) return std::nullopt;
    Check check{.name = "site tasks"};
    std::vector<std::string> failing;
    std::vector<std::string> overdue;
    std::vector<std::string> stuck;
    for (const SiteTaskView& view : views_) {
        if (!serves(*settings_, view)) continue;
        if (view.last_status == "error" || view.last_status == "killed")
            failing.push_back(fmt::format("{} ({})", name_of(view.task), view.last_status));
        const auto alert = should_alert(view, is_busy(views_, view.task), viewed_at_);
        if (alert == TaskAlert::exceeds_its_time && viewed_at_ - *view.open_since > stuck_min)
            stuck.push_back(name_of(view.task));
        if (alert == TaskAlert::overdue) overdue.push_back(name_of(view.task));
    }
    std::vector<std::string> elsewhere;
    for (const auto& [id, each] : elsewhere_)
        elsewhere.push_back(fmt::format("{} since {}", each.task, to_iso_time(each.since)));
    std::vector<std::string> blocked;
    for (const auto& [id, each] : blocked_) blocked.push_back(each);
    std::vector<std::string> locked;
    for (const auto& [id, each] : locked_out_) locked.push_back(each);
    say<status::site_tasks_counts>(check, ledger_.tasks.size(), listed(settings_->queues), runs_.size());
    if (!ledger_.obstacle.empty()) say<status::site_tasks_obstacle>(check, ledger_.obstacle);
    if (!failing.empty()) say<status::site_tasks_failed>(check, listed(failing));
    if (!overdue.empty()) say<status::site_tasks_overdue>(check, listed(overdue));
    if (!stuck.empty()) say<status::site_tasks_stuck>(check, listed(stuck));
    if (!elsewhere.empty()) say<status::site_tasks_elsewhere>(check, listed(elsewhere));
    if (!locked.empty()) say<status::site_tasks_locked>(check, listed(locked));
    if (!blocked.empty()) say<status::site_tasks_blocked>(check, listed(blocked));
    if (!note_trouble_.empty()) say<status::site_tasks_untold>(check, note_trouble_);
    if (ledger_.is_copy) say<status::site_tasks_copy>(check);
    if (!trouble_.empty()) say<status::site_tasks_unknown>(check, trouble_);
    check.measures.push_back({"site_tasks_running", static_cast<double>(runs_.size()), "", "", ""});
    return check;
}

}  // namespace postrider
