#include "lib/quicksilver/status_page.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace postrider {

namespace {

namespace json = boost::json;

constexpr double intervals_max = 2;
constexpr long long executions_min = 2;

/// Of a task that is due, and does not run.
std::optional<json::object> overdue(const SiteTaskView& view, bool queue_busy, TimePoint now) {
    const auto threshold = outlier_threshold(view.times);
    if (!threshold || !view.last_end || queue_busy) return std::nullopt;
    const double since_end = std::chrono::duration<double>(now - *view.last_end).count();
    const double limit = intervals_max * static_cast<double>(view.task.repeat_interval) + *threshold;
    if (since_end <= limit) return std::nullopt;
    return json::object{{"task", text_of(view.task)}, {"outlier_threshold", limit}, {"overdue", since_end}};
}

}  // namespace

json::object status_page(const std::vector<SiteTaskView>& views, TimePoint now) {
    json::array issues;
    for (const SiteTaskView& view : views) {
        if (!view.task.next_run || *view.task.next_run > now) continue;
        if (!view.ongoing) {
            if (auto issue = overdue(view, is_busy(views, view.task), now))
                issues.push_back(std::move(*issue));
        } else if (view.executions < executions_min) {
            issues.push_back(json::object{{"task", text_of(view.task)},
                                          {"issue", fmt::format("Only {} runs recorded.", view.executions)}});
        }
    }
    const char* status = issues.empty() ? "ok" : "error";
    return {{"issues", std::move(issues)}, {"status", status}};
}

}  // namespace postrider
