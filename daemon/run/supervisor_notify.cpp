#include "daemon/run/supervisor_notify.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <ctime>

namespace postrider::supervisor {

void ready() { sd_notify(0, "READY=1"); }

void reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);  // systemd tells reloads apart by it
    sd_notify(
        0,
        fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1000000LL + now.tv_nsec / 1000).c_str());
}

void stopping() { sd_notify(0, "STOPPING=1"); }

void status(const std::string& text) { sd_notify(0, ("STATUS=" + text).c_str()); }

void alive() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds{microseconds};
}

}  // namespace postrider::supervisor
