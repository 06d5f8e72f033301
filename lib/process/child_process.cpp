#include "lib/process/child_process.h"

#include "lib/process/argument_list.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace postrider {

ChildProcess::ChildProcess(std::vector<std::string> command, ChildOptions options) {
    std::vector<std::string> environment = std::move(options.environment);
    for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (!options.output.empty()) {
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, options.output.c_str(),
                                         O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    }
    // Signals as a fresh process has them, whatever we block ourselves.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int error = posix_spawnp(&id_, command.front().c_str(), &actions, &attributes,
                                   argument_list(command).data(), argument_list(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        id_ = 0;
        throw std::system_error(error, std::generic_category(), "cannot start " + command.front());
    }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)), status_(std::exchange(other.status_, std::nullopt)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(status_, other.status_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (id_ == 0 || !running()) return;
    signal(SIGTERM);
    if (wait_for(std::chrono::seconds{5})) return;
    signal(SIGKILL);
    wait();
}

void ChildProcess::signal(int number) const {
    if (id_ != 0 && !status_) ::kill(id_, number);
}

bool ChildProcess::running() { return id_ != 0 && !reap(false); }

int ChildProcess::wait() {
    reap(true);
    return status_.value_or(-1);
}

std::optional<int> ChildProcess::wait_for(std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!reap(false)) {
        if (std::chrono::steady_clock::now() >= end) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return status_;
}

bool ChildProcess::reap(bool block) {
    if (status_) return true;
    int raw = 0;
    pid_t ended = 0;
    do {
        ended = ::waitpid(id_, &raw, block ? 0 : WNOHANG);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0) return false;
    status_ = ended < 0 ? -1 : WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return true;
}

int run_command(std::vector<std::string> command, ChildOptions options) {
    return ChildProcess(std::move(command), std::move(options)).wait();
}

}  // namespace postrider
