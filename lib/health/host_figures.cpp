#include "lib/health/host_figures.h"

#include <sys/statvfs.h>
#include <utmpx.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

namespace postrider {

namespace {

double one_decimal(double value) { return std::round(value * 10) / 10; }

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// In /proc/mounts, a blank in a path is `\040`.
std::string unescaped(const std::string& path) {
    std::string text;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto is_octal = [&](std::size_t at) { return path[at] >= '0' && path[at] <= '7'; };
        if (path[i] == '\\' && i + 3 < path.size() && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
            text +=
                static_cast<char>((path[i + 1] - '0') * 64 + (path[i + 2] - '0') * 8 + (path[i + 3] - '0'));
            i += 3;
        } else {
            text += path[i];
        }
    }
    return text;
}

/// The state of a process, from its stat: behind its name, which is in brackets and may hold some.
char state_in(const std::string& stat) {
    const std::size_t end = stat.rfind(") ");
    return end == std::string::npos || end + 2 >= stat.size() ? '?' : stat[end + 2];
}

}  // namespace

std::optional<CpuTimes> parse_cpu_times(std::string_view stat) {
    if (!stat.starts_with("cpu ")) return std::nullopt;
    std::istringstream line{std::string(stat.substr(4, stat.find('\n') - 4))};
    // user nice system idle iowait irq softirq steal; what guests use is in `user` already.
    std::uint64_t value = 0;
    CpuTimes times;
    int column = 0;
    for (; column < 8 && line >> value; ++column) {
        times.total += value;
        if (column != 3 && column != 4) times.busy += value;
    }
    if (column < 4) return std::nullopt;
    return times;
}

double busy_percent(const CpuTimes& before, const CpuTimes& after) {
    if (after.total <= before.total || after.busy < before.busy) return 0;
    return one_decimal(100.0 * static_cast<double>(after.busy - before.busy) /
                       static_cast<double>(after.total - before.total));
}

std::map<std::string, std::string> parse_mounted_devices(std::string_view mounts) {
    std::map<std::string, std::string> devices;
    std::istringstream lines{std::string(mounts)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string device, place;
        if (!(words >> device >> place)) continue;
        if (!device.starts_with("/dev/") || device.starts_with("/dev/loop")) continue;
        devices.emplace(unescaped(device), unescaped(place));
    }
    return devices;
}

std::map<std::string, double> disk_usage() {
    std::map<std::string, double> usage;
    for (const auto& [device, place] : parse_mounted_devices(text_of("/proc/mounts"))) {
        struct statvfs disk {};
        if (::statvfs(place.c_str(), &disk) != 0) continue;
        const auto used = static_cast<double>(disk.f_blocks - disk.f_bfree);
        const double fillable = used + static_cast<double>(disk.f_bavail);
        usage.emplace(device, fillable > 0 ? one_decimal(100.0 * used / fillable) : 0.0);
    }
    return usage;
}

ProcessCounts count_processes(const std::filesystem::path& proc) {
    ProcessCounts counts;
    std::error_code failed;
    for (std::filesystem::directory_iterator it(proc, failed), end; !failed && it != end;
         it.increment(failed)) {
        const std::string name = it->path().filename();
        if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
        ++counts.all;
        if (state_in(text_of(it->path() / "stat")) == 'Z') ++counts.zombies;
    }
    return counts;
}

int count_users() {
    int count = 0;
    ::setutxent();
    while (const utmpx* entry = ::getutxent()) count += entry->ut_type == USER_PROCESS ? 1 : 0;
    ::endutxent();
    return count;
}

}  // namespace postrider
