#include "lib/jobs/command_runner.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"
#include "lib/process/process_tree.h"
#include "lib/process/supervisor_process.h"
#include "lib/text/utf8.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace postrider {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds beat_every = 1s;
/// Beyond the time-out and `kill_after`: a supervisor that does not end by itself then is killed.
constexpr std::chrono::milliseconds supervisor_margin = 30s;
/// What a command gets that is to be stopped, whatever its `kill_after`: a daemon that stops waits for it.
constexpr std::chrono::milliseconds stop_max = 5s;
constexpr std::chrono::milliseconds reap_every = 5ms;
constexpr int reap_tries = 400;
constexpr int sweep_rounds_max = 50;
constexpr unsigned sweep_pause_us = 2000;

/// What a command inherits; the rest of our environment may hold secrets.
bool is_passed_on(std::string_view name) {
    return name == "PATH" || name == "LANG" || name == "TZ" || name.starts_with("LC_");
}

std::vector<std::string> environment_of(const JobDefinition& job, const CommandJob& work,
                                        const std::string& key, bool whole) {
    std::vector<std::string> environment;
    const auto is_given = [&](std::string_view name) {
        for (const auto& [given, value] : work.environment)
            if (given == name) return true;
        return false;
    };
    bool has_path = is_given("PATH");
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view entry = *each;
        const std::string_view name = entry.substr(0, entry.find('='));
        if ((!whole && !is_passed_on(name)) || is_given(name)) continue;
        has_path |= name == "PATH";
        environment.emplace_back(entry);
    }
    if (!has_path) environment.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
    environment.push_back("POSTRIDER_JOB=" + job.name);
    environment.push_back("POSTRIDER_RUN=" + key);
    for (const auto& [name, value] : work.environment) environment.push_back(name + "=" + value.reveal());
    return environment;
}

std::string signal_name(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
}

/// Invalid bytes become U+FFFD, and so do zero bytes, which no database takes.
std::string valid_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const char32_t c = take_code_point(bytes);
        append_utf8(text, c == 0 ? char32_t{0xFFFD} : c);
    }
    return text;
}

std::string not_started_reason(const SupervisedEnd& end, const CommandJob& work) {
    const std::string why = std::generic_category().message(end.number);
    if (end.stage == "user")
        return fmt::format("cannot run as user {}: {}", work.user,
                           end.number == ENOENT ? "there is no such user" : why);
    if (end.stage == "folder") return fmt::format("cannot run in {}: {}", work.folder, why);
    return fmt::format("cannot start {}: {}", work.command.front(), why);
}

RunResult result_of(SupervisedEnd end, const JobDefinition& job, const CommandJob& work) {
    RunResult result;
    if (end.how == SupervisedEnd::How::not_started) {
        result.reason = not_started_reason(end, work);
        return result;
    }
    result.output = valid_text(end.output);
    result.errors = valid_text(end.errors);
    if (end.how == SupervisedEnd::How::exited) {
        result.exit_code = end.number;
        if (end.number != 0) result.reason = fmt::format("exit code {}", end.number);
    } else {
        result.signal = signal_name(end.number);
        result.reason = fmt::format("ended by {}", result.signal);
    }
    if (end.cause == SupervisedEnd::Cause::timed_out) {
        result.status = RunStatus::killed;
        result.reason =
            fmt::format("not done after {:g} s: ended", std::chrono::duration<double>(job.timeout).count());
    } else if (end.cause == SupervisedEnd::Cause::stopped) {
        result.status = RunStatus::interrupted;
        result.reason = "the daemon stopped";
    } else if (result.exit_code == 0) {
        result.status = RunStatus::success;
    }
    if (end.left > 0)
        result.reason += fmt::format("{}{} of its processes may not be ended by the daemon's user",
                                     result.reason.empty() ? "" : "; ", end.left);
    return result;
}

/// A supervisor under way. Killed, with what is below, if it is left.
class Supervised {
public:
    Supervised(const Executor& executor, const SupervisorProcess& process)
        : id_(process.id), control_(process.control), report_(executor, process.report) {}
    Supervised(const Supervised&) = delete;
    Supervised& operator=(const Supervised&) = delete;
    ~Supervised() {
        close_control();
        if (id_ == 0) return;
        kill_descendants(id_);
        kill();
        ::waitpid(id_, nullptr, 0);
    }

    Task<> read_report(std::string& report) {
        boost::system::error_code error;
        co_await boost::asio::async_read(report_, boost::asio::dynamic_buffer(report),
                                         boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    /// Until `limit`, or for ever if it is 0.
    Task<> attend(std::chrono::milliseconds limit, Wakeup& stop) {
        const auto end = std::chrono::steady_clock::now() + limit;
        auto stop_ends = std::chrono::steady_clock::time_point::max();
        while (limit == 0ms || std::chrono::steady_clock::now() < end) {
            const bool stopped = co_await ends_within(beat_every, stop.wait());
            const auto now = std::chrono::steady_clock::now();
            if (stopped) stop_ends = std::min(stop_ends, now + stop_max);
            if (now >= stop_ends) close_control();
            const char what = stopped ? supervisor_stop : supervisor_beat;
            if (control_ >= 0 && ::write(control_, &what, 1) != 1) close_control();  // it has ended
        }
    }
    void kill() const { ::kill(id_, SIGKILL); }
    /// Once the report has ended it takes a moment.
    Task<> reap() {
        for (int i = 0;; ++i) {
            const pid_t ended = ::waitpid(id_, nullptr, WNOHANG);
            if (ended != 0) break;
            if (i == reap_tries) kill();
            co_await sleep_for(reap_every);
        }
        id_ = 0;
    }

private:
    void close_control() {
        if (control_ >= 0) ::close(control_);
        control_ = -1;
    }

    pid_t id_;
    int control_;
    boost::asio::posix::stream_descriptor report_;
};

class CommandRunner final : public JobRunner {
public:
    CommandRunner(std::string program, std::string config_file)
        : program_(std::move(program)), config_file_(std::move(config_file)) {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    }

    Task<RunResult> run(const JobDefinition& job, std::string key, Wakeup& stop) override {
        const auto* task = std::get_if<TaskJob>(&job.work);
        const CommandJob work = task != nullptr ? command_of(*task) : std::get<CommandJob>(job.work);
        SupervisedCommand command;
        command.command = work.command;
        command.user = work.user;
        command.folder = work.folder;
        command.timeout = job.timeout;
        command.kill_after = job.kill_after;
        command.errors_apart = work.errors_apart;
        command.environment = environment_of(job, work, key, task != nullptr);
        RunResult result;
        SupervisorProcess process;
        try {
            process = start_supervisor(program_, command);
        } catch (const std::system_error& error) {
            result.reason = fmt::format("no process could be started: {}", error.code().message());
            co_return result;
        }
        const Executor executor = co_await boost::asio::this_coro::executor;
        Supervised supervised(executor, process);
        std::string report;
        const std::chrono::milliseconds limit =
            job.timeout == 0ms ? 0ms : job.timeout + job.kill_after + supervisor_margin;
        const bool reported =
            co_await ends_before(supervised.read_report(report), supervised.attend(limit, stop));
        if (!reported) supervised.kill();
        co_await supervised.reap();
        std::optional<SupervisedEnd> end = SupervisedEnd::from_report(report);
        if (!end) {
            end_orphans(key);
            result.reason = "its supervisor was killed; what it had started was ended";
            co_return result;
        }
        result = result_of(std::move(*end), job, work);
        co_return result;
    }

    void sweep(const std::string& key) override {
        // The mark is in the environment of what the command started too, unless that was cleared. Again until
        // nobody has it: one of them may have had a child while we looked.
        std::size_t ended = 0;
        for (int round = 0; round < sweep_rounds_max; ++round) {
            const std::vector<pid_t> left = processes_with("POSTRIDER_RUN=" + key);
            if (left.empty()) break;
            if (round == 0) ended = left.size();
            for (const pid_t id : left) kill_descendants(id);
            signal_all(left, SIGKILL);
            ::usleep(sweep_pause_us);
        }
        if (ended > 0) log::warn("processes that a daemon had left behind were ended", {{"count", ended}});
    }

private:
    CommandJob command_of(const TaskJob& task) const {
        CommandJob command;
        command.command = {program_, task.name};
        command.command.insert(command.command.end(), task.arguments.begin(), task.arguments.end());
        command.command.insert(command.command.end(), {"-c", config_file_});
        return command;
    }

    /// What was below a supervisor that is gone has become ours. All else that we start is in our session.
    void end_orphans(const std::string& key) {
        sweep(key);
        for (const pid_t id : children_in_other_sessions()) {
            kill_descendants(id);
            ::kill(id, SIGKILL);
            ::waitpid(id, nullptr, 0);
        }
        // Their children come to us when they end.
        for (const pid_t id : children_in_other_sessions()) {
            ::kill(id, SIGKILL);
            ::waitpid(id, nullptr, 0);
        }
    }

    std::string program_;
    std::string config_file_;
};

}  // namespace

std::unique_ptr<JobRunner> make_command_runner(std::string program, std::string config_file) {
    return std::make_unique<CommandRunner>(std::move(program), std::move(config_file));
}

}  // namespace postrider
