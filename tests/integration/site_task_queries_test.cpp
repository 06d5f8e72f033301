// What operators see of a site's own tasks, and do to them in the site's rows.
#include "lib/store/site_task_queries.h"

#include "lib/quicksilver/site_task.h"
#include "tests/integration/django_site.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct SiteTaskQueriesTest : ::testing::TestWithParam<DjangoIds> {
    SiteTaskQueriesTest() { add_site_tasks(db, GetParam()); }

    long long add(const std::string& command, const std::string& arguments = "--no-color") {
        return db.number(
            "insert into quicksilver_task (command, arguments, queue, repeat_interval, next_run) values ($1, "
            "$2, 'default', 10, '2026-01-31 12:00Z') returning id",
            command, arguments);
    }
    void add_execution(long long task, const std::string& status, const std::string& seconds) {
        db.sql(
            "insert into quicksilver_execution (task_id, started, ended, status, output) values ($1, "
            "'2026-01-31 12:00Z', timestamptz '2026-01-31 12:00Z' + $3::interval, $2, 'said')",
            task, status, seconds);
    }
    std::string next_run(long long task, const std::string& condition) {
        return db.text("select next_run " + condition + " from quicksilver_task where id = $1", task);
    }

    TestDatabase db;
    SiteTaskQueries queries{db.settings(), false};
};

TEST_P(SiteTaskQueriesTest, TheyAreListedAsJobsAre) {
    const long long id = add("nudge");
    add(send_task);
    add_execution(id, "error", "2 s");
    add_execution(id, "success", "4 s");
    const auto tasks = queries.list();
    ASSERT_THAT(tasks, SizeIs(1));
    const auto& task = tasks[0];
    EXPECT_EQ(task.at("name").as_string(), "nudge");
    EXPECT_EQ(task.at("schedule").as_string(), "the site's, every 10s");
    EXPECT_EQ(task.at("state").as_string(), "waiting");
    EXPECT_EQ(task.at("next_run").as_string(), "2026-01-31T12:00:00+00");
    EXPECT_EQ(task.at("last_status").as_string(), "success");
    EXPECT_EQ(task.at("last_s").as_string(), "4.000");
    EXPECT_EQ(task.at("runs").as_string(), "2");
    EXPECT_EQ(task.at("failed").as_string(), "1");
    EXPECT_EQ(task.at("mean_s").as_string(), "3.000");
    EXPECT_EQ(task.at("deviation_s").as_string(), "1.000");
    EXPECT_TRUE(task.at("outlier").is_null());
    db.sql("insert into quicksilver_execution (task_id, started, status) values ($1, now(), 'ongoing')", id);
    EXPECT_EQ(queries.show(id)->at("state").as_string(), "running");
    EXPECT_THAT(SiteTaskQueries(db.settings(), true).list(), SizeIs(2));
}

TEST_P(SiteTaskQueriesTest, TasksOfOneCommandAreToldApartByTheirNumbers) {
    const long long one = add("nudge", "--morning");
    EXPECT_THAT(queries.find("nudge"), ElementsAre(one));
    const long long other = add("nudge", "--evening");
    const auto named = [](long long id) { return "nudge#" + std::to_string(id); };
    EXPECT_EQ(queries.list().at(1).at("name").as_string(), named(other));
    EXPECT_EQ(queries.list().at(1).at("arguments").as_string(), "--evening");
    EXPECT_THAT(queries.find("nudge"), ElementsAre(one, other));
    EXPECT_THAT(queries.find(named(other)), ElementsAre(other));
    EXPECT_THAT(queries.find(std::to_string(one)), ElementsAre(one));
    EXPECT_THAT(queries.find("nudge#0"), IsEmpty());
    const long long alone = add("brief");
    db.script("insert into postrider.job (name, queue, schedule) values ('brief', 'default', 'every 1h')");
    EXPECT_EQ(queries.show(alone)->at("name").as_string(), "brief#" + std::to_string(alone))
        << "a job has that name";
}

TEST_P(SiteTaskQueriesTest, OperatorsRunPauseAndResumeThemInTheirRows) {
    const long long id = add("nudge");
    EXPECT_FALSE(queries.resume(id)) << "it is not paused";
    EXPECT_EQ(next_run(id, "= '2026-01-31 12:00Z'"), "t");
    EXPECT_TRUE(queries.request(id));
    EXPECT_EQ(next_run(id, "between now() - interval '1 minute' and clock_timestamp()"), "t");
    EXPECT_TRUE(queries.pause(id));
    EXPECT_EQ(next_run(id, "is null"), "t");
    EXPECT_EQ(queries.show(id)->at("state").as_string(), "paused");
    EXPECT_TRUE(queries.resume(id));
    EXPECT_EQ(next_run(id, "between now() - interval '1 minute' and clock_timestamp()"), "t");
    EXPECT_FALSE(queries.request(id + 1));
    EXPECT_FALSE(queries.pause(id + 1));
    EXPECT_FALSE(queries.show(id + 1));
}

TEST_P(SiteTaskQueriesTest, TheirExecutionsAreTheirHistory) {
    const long long id = add("nudge");
    const long long other = add("other");
    add_execution(id, "error", "2 s");
    add_execution(id, "success", "4 s");
    const auto runs = queries.history(id, 1);
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].at("status").as_string(), "success");
    EXPECT_EQ(runs[0].at("runtime_s").as_string(), "4.000");
    EXPECT_EQ(runs[0].at("output_size").as_string(), "4");
    const long long run = std::stoll(std::string(runs[0].at("id").as_string()));
    EXPECT_EQ(queries.show_run(id, run)->at("output").as_string(), "said");
    EXPECT_FALSE(queries.show_run(other, run));
}

TEST_P(SiteTaskQueriesTest, WithoutTheirTablesNothingIsListedAndItIsSaidWhy) {
    EXPECT_EQ(queries.obstacle(), "");
    db.script("revoke update (next_run) on quicksilver_task from postrider_daemon");
    EXPECT_THAT(queries.obstacle(), HasSubstr("lacks update on quicksilver_task"));
    db.script("drop table quicksilver_execution, quicksilver_task");
    EXPECT_THAT(queries.obstacle(), HasSubstr("this database has no table quicksilver_task"));
    EXPECT_THAT(queries.list(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Django, SiteTaskQueriesTest, ::testing::Values(serial_ids, big_ids),
                         [](const auto& ids) { return ids.param.name; });

}  // namespace
}  // namespace postrider::testing
