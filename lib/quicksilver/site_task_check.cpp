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
    check.text = fmt::format("{} in {}, {} running here", ledger_.tasks.size(), listed(settings_->queues),
                             runs_.size());
    const auto add = [&](const std::vector<std::string>& names, const char* what, const char* advice) {
        if (names.empty()) return;
        check.health = Health::warning;
        check.text += fmt::format("; {}: {} ({})", what, listed(names), advice);
    };
    if (!ledger_.obstacle.empty()) add({ledger_.obstacle}, "none is run", "see docs/jobs.md");
    add(failing, "last run failed", "the site's executions say why");
    add(overdue, "overdue", "their queues are busy, or no daemon could start them");
    add(stuck, "running for longer than usual", "look at their processes; max_duration ends them");
    add(elsewhere, "left alone, since the site's own runner has them",
        "switch its cron line off; `manage.py clear_ongoing_executions` if none runs any more");
    add(locked, "came back at once, since their lock file is somebody else's",
        "remove it if no process of them runs any more");
    add(blocked, "wait, since the locks that they left may still be held",
        "a process with such a command among its arguments lives on this host");
    if (!note_trouble_.empty())
        add({note_trouble_}, "the site's monitoring is not told of the send task", "or it calls it late");
    if (ledger_.is_copy)
        add({"all"}, "not started", "this database is a copy; `postrider channels resume --all`");
    if (!trouble_.empty()) add({trouble_}, "cannot be looked at", "is the database there?");
    check.measures.push_back({"site_tasks_running", static_cast<double>(runs_.size()), "", "", ""});
    return check;
}

}  // namespace postrider
