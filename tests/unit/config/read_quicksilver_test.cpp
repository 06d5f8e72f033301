#include "lib/config/read_config.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const FakeKind loopback("loopback");
const TransportKinds kinds{&loopback};

ConfigResult read(const std::string& quicksilver, const std::string& top = "") {
    return read_config(
        top + "database: { url: x }\nchannels: [{ name: a, transport: loopback }]\n" + quicksilver, kinds,
        environment_of({{"TOKEN", "hunter2"}}));
}

SiteTaskSettings settings(const std::string& text, const std::string& top = "") {
    const auto result = read(text, top);
    EXPECT_TRUE(result) << lines_of(result.error())[0];
    if (!result || !result->config.quicksilver) return {};
    EXPECT_THAT(lines_of(result->warnings), IsEmpty());
    return *result->config.quicksilver;
}

std::vector<std::string> problems(const std::string& text) {
    const auto result = read(text);
    if (result) return {};
    return lines_of(result.error());
}

TEST(ReadQuicksilver, WithoutItTheSiteRunsItsOwnTasks) { EXPECT_FALSE(read("")->config.quicksilver); }

TEST(ReadQuicksilver, WhatIsNotSaidIsTheDefault) {
    const SiteTaskSettings read = settings("quicksilver: { manage: [python, manage.py] }\n");
    EXPECT_THAT(read.manage, ElementsAre("python", "manage.py"));
    EXPECT_THAT(read.queues, ElementsAre("default"));
    EXPECT_EQ(read.site, "");
    EXPECT_EQ(read.lock_folder, "/tmp");
    EXPECT_EQ(read.max_duration, 0s);
    EXPECT_EQ(read.kill_after, 3s);
    EXPECT_FALSE(read.run_send_task);
    EXPECT_TRUE(read.sends);
}

TEST(ReadQuicksilver, EachCanBeSaid) {
    const SiteTaskSettings read = settings(
        "quicksilver: { manage: /srv/site/manage.py, queues: [default, data-export], site: "
        "'https://app.example.org/', lock_folder: /run/locks, max_duration: 1h, kill_after: 10s, user: "
        "www-data, "
        "folder: /srv/site, environment: { A: env:TOKEN }, run_send_task: true }\n",
        "delivery: hold\n");
    EXPECT_THAT(read.manage, ElementsAre("/srv/site/manage.py"));
    EXPECT_THAT(read.queues, ElementsAre("default", "data-export"));
    EXPECT_EQ(read.site, "app-example-org");
    EXPECT_EQ(read.lock_folder, "/run/locks");
    EXPECT_EQ(read.max_duration, 1h);
    EXPECT_EQ(read.kill_after, 10s);
    EXPECT_EQ(read.user, "www-data");
    EXPECT_EQ(read.folder, "/srv/site");
    ASSERT_THAT(read.environment, SizeIs(1));
    EXPECT_EQ(read.environment[0].second.reveal(), "hunter2");
    EXPECT_TRUE(read.run_send_task);
    EXPECT_FALSE(read.sends);
}

TEST(ReadQuicksilver, LocksAreInTheTemporaryFolderThatTasksAreTold) {
    EXPECT_EQ(
        settings("quicksilver: { manage: m, environment: { TMP: /c, TMPDIR: /a, TEMP: /b } }\n").lock_folder,
        "/a");
    EXPECT_EQ(settings("quicksilver: { manage: m, environment: { TMP: /c, TMPDIR: '' } }\n").lock_folder,
              "/c");
}

TEST(ReadQuicksilver, WhatIsWrongIsSaidWithItsPlace) {
    EXPECT_THAT(
        problems("quicksilver: { queues: [default] }\n"),
        ElementsAre(HasSubstr("quicksilver.manage: must be how the site's manage.py is called, as a list")));
    EXPECT_THAT(problems("quicksilver: { manage: m, queues: [] }\n"),
                ElementsAre(HasSubstr("quicksilver.queues: must name a queue")));
    EXPECT_THAT(problems("quicksilver: { manage: m, queues: [''] }\n"),
                ElementsAre(HasSubstr("quicksilver.queues: \"\" is not a name of at most 128 characters")));
    EXPECT_THAT(problems("quicksilver: { manage: m, site: 'https://' }\n"),
                ElementsAre(HasSubstr("quicksilver.site: \"https://\" is not the address of a site")));
    EXPECT_THAT(problems("quicksilver: { manage: m, lock_folder: tmp }\n"),
                ElementsAre(HasSubstr("quicksilver.lock_folder: \"tmp\" is not the whole path of a folder")));
    EXPECT_THAT(problems("quicksilver: { manage: m, folder: tmp }\n"),
                ElementsAre(HasSubstr("quicksilver.folder: \"tmp\" is not the whole path of a folder")));
    EXPECT_THAT(problems("quicksilver: { manage: m, max_duration: soon, tasks: [] }\n"),
                ElementsAre(HasSubstr("quicksilver.max_duration: \"soon\" is not a duration"),
                            HasSubstr("quicksilver.tasks")));
}

}  // namespace
}  // namespace postrider
