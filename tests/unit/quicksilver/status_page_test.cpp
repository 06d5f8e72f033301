#include "lib/quicksilver/status_page.h"

#include "lib/schedule/iso_time.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

struct StatusPageTest : ::testing::Test {
    /// Due for a minute, ended 100 s ago, usually done within 12 s.
    SiteTaskView& add(const std::string& command, const std::string& queue = "default") {
        SiteTaskView view;
        view.task.id = static_cast<long long>(views.size()) + 1;
        view.task.command = command;
        view.task.arguments = "--no-color";
        view.task.queue = queue;
        view.task.repeat_interval = 10;
        view.task.next_run = now - 60s;
        view.times = {6, 10, 1};
        view.executions = 6;
        view.last_end = now - 100s;
        views.push_back(view);
        return views.back();
    }
    std::string page() const { return boost::json::serialize(status_page(views, now)); }

    const TimePoint now = parse_iso_time("2026-01-31T12:00:00Z").value();
    std::vector<SiteTaskView> views;
    const std::string well = R"({"issues":[],"status":"ok"})";
};

TEST_F(StatusPageTest, WithoutTasksAllIsWell) { EXPECT_EQ(page(), well); }

TEST_F(StatusPageTest, WhatIsDueForTooLongIsNamed) {
    add("nudge");
    EXPECT_EQ(page(),
              R"({"issues":[{"task":"nudge[default] --no-color","outlier_threshold":3.2E1,"overdue":1E2}],)"
              R"("status":"error"})");
    views[0].last_end = now - 32s;
    EXPECT_EQ(page(), well) << "two intervals, and what it usually takes";
}

TEST_F(StatusPageTest, OnlyWhereItIsKnownWhatIsUsualAndItsQueueIsFree) {
    add("nudge").times.count = 5;
    EXPECT_EQ(page(), well);
    views[0].times.count = 6;
    add("other").ongoing = true;
    EXPECT_EQ(page(), well);
    views[1].task.queue = "elsewhere";
    EXPECT_NE(page(), well);
    views[0].last_end.reset();
    EXPECT_EQ(page(), well);
}

TEST_F(StatusPageTest, OnlyWhatIsDue) {
    add("later").task.next_run = now + 1s;
    add("never").task.next_run.reset();
    EXPECT_EQ(page(), well);
}

TEST_F(StatusPageTest, WhatRunsForTheFirstTimeIsNamed) {
    SiteTaskView& view = add("nudge");
    view.ongoing = true;
    view.executions = 1;
    EXPECT_EQ(
        page(),
        R"({"issues":[{"task":"nudge[default] --no-color","issue":"Only 1 runs recorded."}],"status":"error"})");
    view.executions = 2;
    EXPECT_EQ(page(), well);
}

}  // namespace
}  // namespace postrider
