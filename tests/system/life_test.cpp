// A daemon's life: stopping, being stopped twice, reloading, being killed.
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Life : public SystemTest {};

TEST_F(Life, StoppedAtAnyMomentOfItsStartItEndsCleanly) {
    const std::vector<std::string> moments{"postrider starts", "joined the installation", "doorbell works",
                                           "shards dealt"};
    for (int round = 0; round < 5; ++round) {
        for (const std::string& moment : moments) {
            DaemonProcess daemon(config());
            site.insert();
            ASSERT_TRUE(daemon.wait_for_log(moment)) << daemon.log();
            ASSERT_EQ(daemon.stop(), 0) << "at: " << moment << "\n" << daemon.log();
        }
    }
    DaemonProcess daemon(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_EQ(site.number("select count(*) from simple_messaging_outgoingmessage where errored"), 0);
    EXPECT_EQ(all_texts().size(), 20u);
}

TEST_F(Life, NothingOfItsMemoryComesToADiskWhenItCrashes) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    const std::string limits = contents("/proc/" + std::to_string(daemon.id()) + "/limits");
    EXPECT_THAT(limits, ::testing::ContainsRegex("Max core file size +0 +0 "));
}

TEST_F(Life, NoOtherProcessOfItsUserReadsItsMemoryOrItsEnvironment) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be two processes of another user";
    constexpr uid_t nobody = 65534;
    const Folder folder;  // for it to read: a name is not private here
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all |
                                                    std::filesystem::perms::group_exec |
                                                    std::filesystem::perms::others_exec);
    const auto file = folder.write("postrider.yaml", config());
    std::filesystem::permissions(file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    const int program = ::open(POSTRIDER_BINARY, O_RDONLY | O_CLOEXEC);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::setgroups(0, nullptr) != 0 || ::setresuid(nobody, nobody, nobody) != 0) ::_exit(126);
        const std::array<const char*, 5> arguments{"postrider", "run", "-c", file.c_str(), nullptr};
        const std::array<const char*, 2> environment{"TOKEN=very-private", nullptr};
        ::fexecve(program, const_cast<char**>(arguments.data()), const_cast<char**>(environment.data()));
        ::_exit(127);
    }
    ::close(program);
    const std::string process = "/proc/" + std::to_string(daemon);
    const auto starts = [&] {
        return contents(process + "/environ") == std::string("TOKEN=very-private\0", 19);
    };
    ASSERT_TRUE(eventually(starts));
    EXPECT_TRUE(eventually([&] {
        return run_program({"setpriv", "--reuid=65534", "--clear-groups", "cat", process + "/environ"})
                   .exit_code != 0;
    }));
    EXPECT_THAT(contents(process + "/environ"), HasSubstr("very-private")) << "root may: it is there";
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
}

TEST_F(Life, EachLineOfAJsonLogIsAnObject) {
    DaemonProcess daemon(config("", "log: { level: debug, format: json }\n"));
    ASSERT_TRUE(site.wait_for_end(site.insert())) << daemon.log();
    ASSERT_TRUE(daemon.reload(config("", "log: { format: json }\nnonsense: \"\\n\"\n")));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    std::istringstream lines(daemon.log());
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        boost::system::error_code error;
        EXPECT_TRUE(boost::json::parse(line, error).is_object()) << line;
    }
    EXPECT_GT(count, 5);
}

class LifeBySignal : public SystemTest, public ::testing::WithParamInterface<int> {};

TEST_P(LifeBySignal, SendsInFlightEndAndAreRecordedAndNothingNewBegins) {
    twilio.by_default(TwilioBehaviour::slow(1s));
    DaemonProcess daemon(config("    concurrency: 2\n"));
    for (int i = 0; i < 4; ++i) site.insert({.destination = fmt::format("+1312555060{}", i)});
    ASSERT_TRUE(twilio.wait_for_requests(2, patience));
    daemon.signal(GetParam());
    EXPECT_EQ(daemon.wait_for_exit(), 0) << daemon.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(2));
    EXPECT_EQ(
        site.number("select count(*) from simple_messaging_outgoingmessage where sent_date is not null and "
                    "not errored and transmission_metadata like '%twilio_sid%'"),
        2);
    EXPECT_EQ(site.number("select count(*) from postrider.attempt"), 0);
    EXPECT_EQ(site.number("select count(*) from postrider.daemon where ended is null"), 0) << "it signed off";

    twilio.by_default(TwilioBehaviour());
    DaemonProcess next(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << next.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(4));
}

INSTANTIATE_TEST_SUITE_P(, LifeBySignal, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& signal) { return signal.param == SIGTERM ? "Term" : "Int"; });

TEST_F(Life, ASecondSignalCutsShortAndTheMessageIsNotSentTwice) {
    twilio.next(TwilioBehaviour::slow(8s));
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(twilio.wait_for_requests(1, patience));
    const auto start = std::chrono::steady_clock::now();
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.wait_for_log("stopping: sends in flight may end"));
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_for_exit(), 0) << daemon.log();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 7s);
    EXPECT_TRUE(daemon.log_says("cutting sends short"));
    EXPECT_TRUE(site.row(id).waits());

    DaemonProcess next(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << next.log();
    EXPECT_TRUE(site.row(id).ended_well()) << "Twilio's list says that it was accepted";
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
}

TEST_F(Life, ABadFileIsRefusedAtAReloadAndTheOldSettingsStay) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.reload(config("    concurency: 3\n")));
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("configuration refused"), HasSubstr("postrider.yaml:14:5"),
                                    HasSubstr("concurrency")));
    ASSERT_TRUE(daemon.wait_for_status("WARNING configuration: ")) << daemon.status().body;
    EXPECT_THAT(daemon.status().body, HasSubstr("the old settings stay"));
    EXPECT_EQ(daemon.status().status, 200);
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();

    ASSERT_TRUE(daemon.reload(config("    concurrency: 3\n")));
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
}

TEST_F(Life, AReloadAddsAChannelAndDropsNoSend) {
    TwilioImitation second;
    twilio.next(TwilioBehaviour::slow(1s));
    DaemonProcess daemon(config());
    const MessageId in_flight = site.insert();
    ASSERT_TRUE(twilio.wait_for_requests(1, patience));
    std::string added = twilio_channel(second.base_url());
    added.replace(added.find("name: sms"), 9, "name: new");
    added.replace(added.find("    default: true\n"), 18, "");
    ASSERT_TRUE(daemon.reload(configuration(site.url(), twilio_channel(twilio.base_url()) + added)));
    const MessageId by_new = site.insert(
        {.destination = "+13125550102", .transmission_metadata = "{\"message_channel\": \"new\"}"});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_TRUE(site.row(in_flight).ended_well());
    EXPECT_TRUE(site.row(by_new).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
    EXPECT_THAT(second.accepted(), SizeIs(1));
    EXPECT_THAT(daemon.status().body, HasSubstr("channel new: "));
}

TEST_F(Life, AReloadThatTakesAChannelAwayLetsItsSendInFlightEnd) {
    TwilioImitation second;
    second.next(TwilioBehaviour::slow(1s));
    std::string other = twilio_channel(second.base_url());
    other.replace(other.find("name: sms"), 9, "name: old");
    other.replace(other.find("    default: true\n"), 18, "");
    DaemonProcess daemon(configuration(site.url(), twilio_channel(twilio.base_url()) + other));
    const NewRow row{.transmission_metadata = "{\"message_channel\": \"old\"}"};
    const MessageId in_flight = site.insert(row);
    ASSERT_TRUE(second.wait_for_requests(1, patience));
    const MessageId behind = site.insert(row);
    ASSERT_TRUE(daemon.reload(config()));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    EXPECT_TRUE(site.row(in_flight).ended_well());
    EXPECT_TRUE(site.row(behind).ended_well());
    EXPECT_THAT(second.accepted(), SizeIs(1));
    EXPECT_THAT(twilio.accepted(), SizeIs(1));  // to the default channel, as the site itself would do
}

TEST_F(Life, SettingsThatNeedARestartAreNamed) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    std::string other = config();
    other.replace(other.find("settle: 0s"), 10, "settle: 0s\n  pool_size: 2");
    ASSERT_TRUE(daemon.reload(other));
    EXPECT_TRUE(daemon.wait_for_status("they take effect at a restart")) << daemon.status().body;
}

TEST_F(Life, KilledInMidSendItSendsNothingTwiceAndLeavesNothingStuck) {
    twilio.by_default(TwilioBehaviour::slow(2s));
    std::vector<NewRow> rows;
    for (int i = 0; i < 8; ++i) {
        rows.push_back(
            {.destination = fmt::format("+1312555060{}", i), .message = fmt::format("message {}", i)});
    }
    site.insert_all(rows);
    DaemonProcess daemon(config("    concurrency: 4\n"));
    ASSERT_TRUE(twilio.wait_for_requests(4, patience)) << daemon.log();
    daemon.kill();
    twilio.by_default(TwilioBehaviour());

    DaemonProcess next(config());
    ASSERT_TRUE(site.wait_for_all_ended()) << next.log();
    for (const Row& row : site.rows()) {
        EXPECT_EQ(texts_to(row.destination).size(), 1u) << row.message;
        EXPECT_TRUE(row.ended_well()) << row.message;
    }
    EXPECT_TRUE(next.log_says("a daemon has died; taking over")) << next.log();
    EXPECT_TRUE(next.log_says("a doubt is over")) << next.log();
}

TEST_F(Life, ASecondDaemonOnTheSamePortSaysSoAndFails) {
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    std::string same = config();
    same.replace(same.find("port: 0"), 7, "port: " + daemon.url().substr(daemon.url().rfind(':') + 1));
    DaemonProcess second(same);
    EXPECT_EQ(second.wait_for_exit(), 1) << second.log();
    EXPECT_THAT(second.log(), HasSubstr("in use"));
}

}  // namespace
}  // namespace postrider::testing
