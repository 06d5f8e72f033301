#include "lib/process/supervisor_process.h"

#include "lib/process/argument_list.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace postrider {

namespace {

/// Both ends of a pipe, closed with the object unless they were taken.
class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "no pipe");
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        for (const int end : ends_)
            if (end >= 0) ::close(end);
    }
    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    int take(int which) {
        const int end = ends_.at(static_cast<std::size_t>(which));
        ends_.at(static_cast<std::size_t>(which)) = -1;
        ::fcntl(end, F_SETFL, O_NONBLOCK);
        return end;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

}  // namespace

std::vector<std::string> supervisor_arguments(const SupervisedCommand& command) {
    std::vector<std::string> arguments{"--timeout", std::to_string(command.timeout.count()), "--kill-after",
                                       std::to_string(command.kill_after.count())};
    if (!command.user.empty()) arguments.insert(arguments.end(), {"--user", command.user});
    if (!command.folder.empty()) arguments.insert(arguments.end(), {"--folder", command.folder});
    if (command.errors_apart) arguments.emplace_back("--errors-apart");
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), command.command.begin(), command.command.end());
    return arguments;
}

SupervisorProcess start_supervisor(const std::string& program, const SupervisedCommand& command) {
    std::vector<std::string> arguments{program, "supervise-job"};
    for (std::string& each : supervisor_arguments(command)) arguments.push_back(std::move(each));
    std::vector<std::string> environment = command.environment;
    Pipe control;
    Pipe report;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, control.read_end(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, report.write_end(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    SupervisorProcess started;
    const int error = ::posix_spawn(&started.id, program.c_str(), &actions, nullptr,
                                    argument_list(arguments).data(), argument_list(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), "no process");
    started.control = control.take(1);
    started.report = report.take(0);
    return started;
}

}  // namespace postrider
