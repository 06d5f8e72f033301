#include "lib/process/filter.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace postrider {

namespace {

/// Of a pipe; closed when it goes.
class End {
public:
    End() = default;
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    ~End() { close(); }
    void close() {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }
    void set(int descriptor) { descriptor_ = descriptor; }
    int get() const { return descriptor_; }

private:
    int descriptor_ = -1;
};

/// Signals as a fresh process has them, whatever we block or ignore ourselves.
class FreshSignals {
public:
    FreshSignals() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigaddset(&signals, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    FreshSignals(const FreshSignals&) = delete;
    FreshSignals& operator=(const FreshSignals&) = delete;
    ~FreshSignals() { ::posix_spawnattr_destroy(&attributes_); }
    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

[[noreturn]] void fail(int error, const char* what) {
    throw std::system_error(error, std::generic_category(), what);
}

pid_t start(std::vector<std::string>& command, const std::string& input, int output) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& each : command) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    std::array<char*, 1> environment{nullptr};
    const FreshSignals signals;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    pid_t id = 0;
    const int error =
        ::posix_spawn(&id, arguments.front(), &actions, signals.get(), arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) fail(error, "cannot start a process");
    return id;
}

}  // namespace

Filtered run_filter(std::vector<std::string> command, const std::filesystem::path& input,
                    std::size_t output_max) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail(errno, "no pipe");
    End read_end;
    End write_end;
    read_end.set(pipe[0]);
    write_end.set(pipe[1]);
    const pid_t id = start(command, input.string(), write_end.get());
    write_end.close();
    Filtered result;
    std::array<char, std::size_t{1} << 16> piece{};
    for (;;) {
        const ssize_t read = ::read(read_end.get(), piece.data(), piece.size());
        if (read < 0 && errno == EINTR) continue;
        if (read <= 0) break;
        if (result.output.size() + static_cast<std::size_t>(read) > output_max) {
            ::kill(id, SIGKILL);
            result.too_much = true;
            break;
        }
        result.output.append(piece.data(), static_cast<std::size_t>(read));
    }
    int raw = 0;
    while (::waitpid(id, &raw, 0) < 0 && errno == EINTR) {
    }
    result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return result;
}

}  // namespace postrider
