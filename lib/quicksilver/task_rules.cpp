#include "lib/quicksilver/task_rules.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/trim.h"

#include <algorithm>

namespace postrider {

namespace {

using std::chrono::seconds;

constexpr std::string_view white_space = " \t\r\n\f\v";
constexpr std::string_view line_ends = "\r\n";
constexpr std::string_view next_run_mark = "_qs_next_run:";
constexpr long long interval_else = 5;  // the package's
constexpr long long runs_min = 6;
constexpr double deviations = 2;
// The package's, where a site has set no other.
constexpr seconds alert_overdue_min{120};
constexpr long long duration_max = 3600LL * 24 * 3650;

void add_arguments(std::vector<std::string>& command, std::string_view arguments) {
    for (;;) {
        const std::size_t begin = arguments.find_first_not_of(white_space);
        if (begin == std::string_view::npos) return;
        arguments.remove_prefix(begin);
        const std::size_t end = std::min(arguments.find_first_of(white_space), arguments.size());
        command.emplace_back(arguments.substr(0, end));
        arguments.remove_prefix(end);
    }
}

seconds limit_of(const SiteTask& task, const SiteTaskSettings& settings) {
    if (!task.max_duration) return settings.max_duration;
    return seconds(std::clamp(*task.max_duration, 0LL, duration_max));
}

std::string_view last_line(std::string_view text) {
    const std::size_t end = text.find_last_of(line_ends);
    return end == std::string_view::npos ? text : text.substr(end + 1);
}

std::optional<TimePoint> next_run_in(std::string_view line) {
    if (!line.starts_with(next_run_mark)) return std::nullopt;
    return parse_iso_time(without_outer_space(line.substr(next_run_mark.size())));
}

std::string failure_text(const SiteTask& task, const RunResult& result, std::string_view said) {
    std::string text = "Task exception " + text_of(task) + ":\n\n";
    auto add = [&text, first = true](std::string_view part) mutable {
        part = without_outer_space(part);
        if (part.empty()) return;
        if (!first) text += '\n';
        text += part;
        first = false;
    };
    const std::string_view line = last_line(said);
    if (line.starts_with(next_run_mark)) said.remove_suffix(line.size());
    add(said);
    add(result.errors);
    const bool failed_by_itself = result.exit_code && result.status == RunStatus::error;
    if (!failed_by_itself || text.ends_with("\n\n")) add(result.reason);
    return text;
}

}  // namespace

JobDefinition job_of(const SiteTask& task, const SiteTaskSettings& settings, ContextForm form) {
    CommandJob work;
    work.command = settings.manage;
    work.command.push_back(task.command);
    add_arguments(work.command, task.arguments);
    work.command.emplace_back("--qs-context");
    if (form == ContextForm::value) work.command.emplace_back("True");
    work.command.emplace_back("--qs-next-interval");
    work.command.push_back(std::to_string(task.repeat_interval < 1 ? interval_else : task.repeat_interval));
    work.user = settings.user;
    work.folder = settings.folder;
    work.environment = settings.environment;
    work.errors_apart = true;
    JobDefinition job{.name = task.command,
                      .work = std::move(work),
                      .schedule = JobSchedule::every(std::chrono::hours{1})};  // nobody asks for it
    job.queue = task.queue;
    job.timeout = limit_of(task, settings);
    job.kill_after = settings.kill_after;
    return job;
}

bool wants_context_value(const RunResult& result) {
    return result.exit_code == 2 &&
           result.errors.find("argument --qs-context: expected one argument") != std::string::npos;
}

SiteTaskEnd end_of(const SiteTask& task, const RunResult& result) {
    SiteTaskEnd end;
    const std::string_view said = without_outer_space(result.output);
    end.says_next_run = last_line(said).starts_with(next_run_mark);
    if (result.status == RunStatus::interrupted) {
        end.status = "killed";
        end.output = std::string(said);
        return end;
    }
    if (result.status == RunStatus::success) {
        end.status = "success";
        end.output = std::string(said);
        if (const auto next = next_run_in(last_line(said))) end.next_run = *next;
        return end;
    }
    // What is beyond its time is ended by an exception, with the package.
    end.status = "error";
    end.output = failure_text(task, result, said);
    end.next_run = SiteTaskEnd::AfterInterval{};
    return end;
}

std::optional<double> outlier_threshold(const RunTimes& times) {
    if (times.count < runs_min) return std::nullopt;
    return times.mean + deviations * times.deviation;
}

bool is_busy(const std::vector<SiteTaskView>& views, const SiteTask& task) {
    return std::any_of(views.begin(), views.end(), [&](const SiteTaskView& each) {
        return each.ongoing && each.task.queue == task.queue && each.task.id != task.id;
    });
}

TaskAlert should_alert(const SiteTaskView& view, bool queue_busy, TimePoint now) {
    if (view.postpone_alert_until && now < *view.postpone_alert_until) return TaskAlert::none;
    if (view.open_since) {
        const double runs_for = std::chrono::duration<double>(now - *view.open_since).count();
        const auto threshold = outlier_threshold(view.times);
        return threshold && runs_for > *threshold ? TaskAlert::exceeds_its_time : TaskAlert::none;
    }
    if (!view.task.next_run || queue_busy) return TaskAlert::none;
    return *view.task.next_run < now - alert_overdue_min ? TaskAlert::overdue : TaskAlert::none;
}

}  // namespace postrider
