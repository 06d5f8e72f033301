// Commands as they are run: real processes, below the real supervisor.
#include "lib/jobs/command_runner.h"

#include "lib/process/process_tree.h"
#include "lib/text/utf8.h"
#include "tests/support/loop_test.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string new_key() {
    static int count = 0;
    return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

struct CommandRunnerTest : LoopTest {
    ~CommandRunnerTest() override { stop(); }

    JobDefinition job(std::vector<std::string> command) {
        return {.name = "tested",
                .work = CommandJob{std::move(command), "", "", {}},
                .schedule = JobSchedule::every(1h),
                .timeout = 60s,
                .kill_after = 200ms};
    }
    JobDefinition shell(const std::string& script) { return job({"sh", "-c", script}); }
    RunResult run(const JobDefinition& what) { return result_of(runner->run(what, key, stop_bell)); }
    /// Of the run, by their environment.
    std::vector<pid_t> left() { return processes_with("POSTRIDER_RUN=" + key); }
    bool all_gone() {
        return run_until([this] { return left().empty(); });
    }

    std::string key = new_key();
    std::unique_ptr<JobRunner> runner = make_command_runner(POSTRIDER_BINARY, "/nowhere.yaml");
    Wakeup stop_bell{io.get_executor()};
};

TEST_F(CommandRunnerTest, ExitCodeZeroIsSuccessAndTheOutputIsKept) {
    const RunResult result = run(shell("echo out; echo err >&2; exit 0"));
    EXPECT_EQ(result.status, RunStatus::success);
    EXPECT_EQ(result.output, "out\nerr\n");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.reason, "");
}

TEST_F(CommandRunnerTest, StandardErrorIsKeptApartWhereThatIsWanted) {
    JobDefinition what = shell("printf 'out\\n'; printf 'e\\377\\n' >&2; printf 'last'; exit 1");
    std::get<CommandJob>(what.work).errors_apart = true;
    const RunResult result = run(what);
    EXPECT_EQ(result.output, "out\nlast");
    EXPECT_EQ(result.errors, "e\uFFFD\n");
    EXPECT_EQ(result.exit_code, 1);
}

TEST_F(CommandRunnerTest, AnyOtherExitCodeIsAnError) {
    const RunResult result = run(shell("echo said; exit 3"));
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.reason, "exit code 3");
    EXPECT_EQ(result.output, "said\n");
}

TEST_F(CommandRunnerTest, ASignalIsNamed) {
    const RunResult result = run(shell("kill -SEGV $$"));
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_EQ(result.signal, "SIGSEGV");
    EXPECT_EQ(result.reason, "ended by SIGSEGV");
    EXPECT_EQ(result.exit_code, std::nullopt);
}

TEST_F(CommandRunnerTest, WhatCannotBeStartedIsAnErrorThatSaysWhy) {
    EXPECT_EQ(run(job({"no-such-program-here"})).reason,
              "cannot start no-such-program-here: No such file or directory");
    EXPECT_EQ(run(job({"/etc/passwd"})).reason, "cannot start /etc/passwd: Permission denied");
    JobDefinition nowhere = shell("true");
    std::get<CommandJob>(nowhere.work).folder = "/no/such/folder";
    const RunResult result = run(nowhere);
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_EQ(result.reason, "cannot run in /no/such/folder: No such file or directory");
    JobDefinition nobody = shell("true");
    std::get<CommandJob>(nobody.work).user = "no-such-user";
    EXPECT_EQ(run(nobody).reason, "cannot run as user no-such-user: there is no such user");
}

TEST_F(CommandRunnerTest, ArgumentsGoAsTheyAre) {
    EXPECT_EQ(run(job({"printf", "%s|", "--timeout", "-c", "a b", "", "--"})).output,
              "--timeout|-c|a b||--|");
}

TEST_F(CommandRunnerTest, AtItsTimeOutItIsEndedWhateverItIgnores) {
    JobDefinition what = shell("trap '' TERM; echo began; while :; do sleep 0.1; done");
    what.timeout = 300ms;
    const RunResult result = run(what);
    EXPECT_EQ(result.status, RunStatus::killed);
    EXPECT_EQ(result.reason, "not done after 0.3 s: ended");
    EXPECT_EQ(result.output, "began\n");
    EXPECT_EQ(result.signal, "SIGKILL");
    EXPECT_TRUE(left().empty());
}

TEST_F(CommandRunnerTest, WhoHeedsTermMayCleanUp) {
    JobDefinition what = shell("trap 'echo cleaned; exit 0' TERM; while :; do sleep 0.05; done");
    what.timeout = 300ms;
    what.kill_after = 20s;
    const RunResult result = run(what);
    EXPECT_EQ(result.status, RunStatus::killed);
    EXPECT_THAT(result.output, HasSubstr("cleaned\n"));
}

TEST_F(CommandRunnerTest, ChildrenAndGrandchildrenInSessionsOfTheirOwnEndToo) {
    JobDefinition what =
        shell("setsid sh -c 'trap \"\" TERM HUP; setsid sleep 1000 & sleep 1000 & wait' & sleep 1000");
    what.timeout = 500ms;
    EXPECT_EQ(run(what).status, RunStatus::killed);
    EXPECT_TRUE(left().empty());
}

TEST_F(CommandRunnerTest, WhatTheCommandLeavesBehindEndsWithIt) {
    const RunResult result = run(shell("(setsid sh -c 'trap \"\" TERM; sleep 1000' &) ; echo done"));
    EXPECT_EQ(result.status, RunStatus::success) << result.reason;
    EXPECT_EQ(result.output, "done\n");
    EXPECT_TRUE(left().empty());
}

TEST_F(CommandRunnerTest, OfAHundredMegabytesTheBeginningAndTheEndAreKept) {
    const RunResult result =
        run(shell("echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last"));
    EXPECT_EQ(result.status, RunStatus::success);
    EXPECT_LT(result.output.size(), 70000u);
    EXPECT_THAT(result.output, StartsWith("first\nxxx"));
    EXPECT_TRUE(result.output.ends_with("xxx\nlast\n"));
    EXPECT_THAT(result.output, HasSubstr("bytes are left out here]"));
}

TEST_F(CommandRunnerTest, WhatIsNoTextBecomesText) {
    const RunResult result = run(shell("printf 'a\\377b\\0c\\303'"));
    EXPECT_EQ(result.output, "a\uFFFDb\uFFFDc\uFFFD");
    EXPECT_TRUE(is_utf8(result.output));
}

TEST_F(CommandRunnerTest, NothingOfOursIsInItsEnvironmentOrItsDescriptors) {
    ::setenv("SECRET_OF_THE_DAEMON", "hunter2", 1);
    const int leak = ::open("/etc/hostname", O_RDONLY);  // without O_CLOEXEC
    JobDefinition what = shell("env; ls -l /proc/self/fd; pwd; cat");
    std::get<CommandJob>(what.work).environment = {{"GIVEN", Secret("yes")}, {"LANG", Secret("C")}};
    std::get<CommandJob>(what.work).folder = "/usr";
    const RunResult result = run(what);
    ::close(leak);
    ::unsetenv("SECRET_OF_THE_DAEMON");
    EXPECT_EQ(result.status, RunStatus::success);
    EXPECT_THAT(result.output, Not(HasSubstr("hunter2")));
    EXPECT_THAT(result.output, Not(HasSubstr("hostname")));
    for (const char* expected :
         {"GIVEN=yes\n", "LANG=C\n", "POSTRIDER_JOB=tested\n", "HOME=", "PATH=", "\n/usr\n"})
        EXPECT_THAT(result.output, HasSubstr(expected));
}

TEST_F(CommandRunnerTest, SignalsAreAsAFreshProcessHasThem) {
    ::signal(SIGHUP, SIG_IGN);
    const RunResult result =
        run(shell("for mask in $(grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2); do echo "
                  "$((0x$mask & 0x7fffffff)); done"));
    ::signal(SIGHUP, SIG_DFL);
    EXPECT_EQ(result.output, "0\n0\n");
}

TEST_F(CommandRunnerTest, AsRootItRunsAsAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    JobDefinition what = shell("id -un; id -G; echo $HOME $USER");
    std::get<CommandJob>(what.work).user = "nobody";
    EXPECT_EQ(run(what).output, "nobody\n65534\n/nonexistent nobody\n");
}

TEST_F(CommandRunnerTest, ToldToStopItIsInterrupted) {
    stop_bell.ring();
    const RunResult result = run(shell("sleep 1000"));
    EXPECT_EQ(result.status, RunStatus::interrupted);
    EXPECT_EQ(result.reason, "the daemon stopped");
}

TEST_F(CommandRunnerTest, IfItsSupervisorIsKilledAllOfItEnds) {
    JobDefinition what = shell("setsid sh -c 'sleep 1000 & wait' & kill -9 $PPID; sleep 1000");
    const RunResult result = run(what);
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_EQ(result.reason, "its supervisor was killed; what it had started was ended");
    EXPECT_TRUE(all_gone());
}

TEST_F(CommandRunnerTest, WhatWasLeftBehindIsFoundByItsMark) {
    ::setenv("POSTRIDER_RUN", key.c_str(), 1);
    [[maybe_unused]] const int started = std::system("setsid sleep 1000 > /dev/null 2>&1 &");
    ::unsetenv("POSTRIDER_RUN");
    ASSERT_TRUE(run_until([this] { return !left().empty(); }));
    runner->sweep(key);
    EXPECT_TRUE(all_gone());
}

TEST_F(CommandRunnerTest, ItsSupervisorNeedsNoMoreThanTheProgram) {
    runner = make_command_runner("/no/such/program", "");
    EXPECT_THAT(run(shell("true")).reason, HasSubstr("no process could be started"));
}

}  // namespace
}  // namespace postrider::testing
