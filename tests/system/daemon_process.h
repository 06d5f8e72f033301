#pragma once

#include "lib/process/child_process.h"
#include "tests/system/folder.h"
#include "tests/system/http_get.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::testing {

/// `postrider run`, with a configuration, a log and (unless the configuration says where) a spool in a
/// folder of its own. With the object it is told to end, and the test fails unless it does so cleanly.
class DaemonProcess {
public:
    /// Starts it. `config` should have `listen: { port: 0 }`, so that several can run at once.
    explicit DaemonProcess(const std::string& config, std::vector<std::string> environment = {});
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;
    ~DaemonProcess();

    /// Until it may send; false if it ended, or did not get so far in time.
    bool wait_until_sending();
    /// Until it listens for HTTP.
    bool wait_until_listening();

    void signal(int number) const { process_.signal(number); }
    bool running() { return process_.running(); }
    pid_t id() const { return process_.id(); }
    /// The exit code; -1 if it does not end in time.
    int wait_for_exit();
    /// SIGTERM, and the exit code.
    int stop();
    /// SIGKILL, and it is gone.
    void kill();

    std::string log() const { return contents(log_file_); }
    bool log_says(const std::string& text) const { return log().find(text) != std::string::npos; }
    bool wait_for_log(const std::string& text, int times = 1) const;

    const std::filesystem::path& config_file() const { return config_file_; }
    /// Writes another configuration and asks for a reload. Whether it was announced as done or refused.
    bool reload(const std::string& config);

    /// Where it listens, once it does.
    std::string url() const;
    HttpPage status(const std::vector<std::pair<std::string, std::string>>& headers = {}) const;
    /// Until the status page says this.
    bool wait_for_status(const std::string& text) const;

private:
    Folder folder_;
    std::filesystem::path config_file_;
    std::filesystem::path log_file_;
    ChildProcess process_;
};

}  // namespace postrider::testing
