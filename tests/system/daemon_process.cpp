#include "tests/system/daemon_process.h"

#include "tests/system/eventually.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <stdexcept>

namespace postrider::testing {

namespace {

int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

/// As systemd does it: several daemons run on this host, and none keeps anything outside its folder.
std::vector<std::string> with_state_folder(std::vector<std::string> environment, const Folder& folder) {
    const auto names_it = [](const std::string& each) { return each.starts_with("STATE_DIRECTORY="); };
    if (std::none_of(environment.begin(), environment.end(), names_it)) {
        environment.push_back("STATE_DIRECTORY=" + folder.path().string());
    }
    return environment;
}

}  // namespace

DaemonProcess::DaemonProcess(const std::string& config, std::vector<std::string> environment)
    : config_file_(folder_.write("postrider.yaml", config)),
      log_file_(folder_.path() / "log"),
      process_({POSTRIDER_BINARY, "run", "--config", config_file_.string()},
               {.output = log_file_, .environment = with_state_folder(std::move(environment), folder_)}) {}

DaemonProcess::~DaemonProcess() {
    if (!process_.running()) return;
    EXPECT_EQ(stop(), 0) << log();
}

bool DaemonProcess::wait_until_sending() { return wait_for_log("shards dealt") && running(); }

bool DaemonProcess::wait_until_listening() { return wait_for_log("postrider starts") && running(); }

int DaemonProcess::wait_for_exit() { return process_.wait_for(patience).value_or(-1); }

int DaemonProcess::stop() {
    process_.signal(SIGTERM);
    return wait_for_exit();
}

void DaemonProcess::kill() {
    process_.signal(SIGKILL);
    process_.wait();
}

bool DaemonProcess::wait_for_log(const std::string& text, int times) const {
    return eventually([&] { return count(log(), text) >= times; });
}

bool DaemonProcess::reload(const std::string& config) {
    const auto seen = [this] {
        const std::string text = log();
        return count(text, "configuration reloaded") + count(text, "configuration refused");
    };
    const int before = seen();
    folder_.write("postrider.yaml", config);
    process_.signal(SIGHUP);
    return eventually([&] { return seen() > before; });
}

std::string DaemonProcess::url() const {
    eventually([this] { return log_says("port="); });
    const std::string text = log();
    const auto at = text.find("port=");
    if (at == std::string::npos) throw std::runtime_error("the daemon does not listen yet:\n" + text);
    return "http://127.0.0.1:" + std::to_string(std::stoi(text.substr(at + 5)));
}

HttpPage DaemonProcess::status(const std::vector<std::pair<std::string, std::string>>& headers) const {
    return http_get(url() + "/status", headers);
}

bool DaemonProcess::wait_for_status(const std::string& text) const {
    return eventually([&] { return status().says(text); });
}

}  // namespace postrider::testing
