#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

struct ChildOptions {
    std::filesystem::path output;  ///< standard output and error are appended here; empty: ours
    /// `NAME=value` added to our environment.
    std::vector<std::string> environment;
};

/// A child process. Ended (SIGKILL, if nothing else helped) when the object goes.
class ChildProcess {
public:
    /// `command[0]` is looked up in PATH. Throws std::system_error when it cannot be started.
    explicit ChildProcess(std::vector<std::string> command, ChildOptions options = {});
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    pid_t id() const { return id_; }
    void signal(int number) const;
    bool running();

    /// Waits; the exit status, or 128 + the number of the signal that ended it.
    int wait();
    /// The same, or nullopt after `limit`.
    std::optional<int> wait_for(std::chrono::milliseconds limit);

private:
    bool reap(bool block);

    pid_t id_ = 0;
    std::optional<int> status_;
};

/// Runs a command to its end; returns its exit status.
int run_command(std::vector<std::string> command, ChildOptions options = {});

}  // namespace postrider
