#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// What the Django package's Nagios pages tell of a host, counted as psutil counts it.
namespace postrider {

/// How long the processors have been at work, and in all, in the kernel's ticks.
struct CpuTimes {
    std::uint64_t busy = 0;
    std::uint64_t total = 0;
};

/// From the text of /proc/stat; nullopt where it has no such line.
std::optional<CpuTimes> parse_cpu_times(std::string_view stat);
/// Between two looks, with one decimal.
double busy_percent(const CpuTimes& before, const CpuTimes& after);

/// Devices that are mounted, from the text of /proc/mounts, each with one place where it is. Not what is no
/// device, and no loop devices.
std::map<std::string, std::string> parse_mounted_devices(std::string_view mounts);
/// How full each mounted device is, in percent of what users may fill, with one decimal. Blocking.
std::map<std::string, double> disk_usage();

struct ProcessCounts {
    int all = 0;
    int zombies = 0;
};
/// From a folder like /proc. Blocking, for milliseconds.
ProcessCounts count_processes(const std::filesystem::path& proc = "/proc");

/// Sessions of people that are logged in.
int count_users();

}  // namespace postrider
