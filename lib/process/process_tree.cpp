#include "lib/process/process_tree.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace postrider {

namespace {

/// A tree that grows faster than it is stopped.
constexpr int stop_rounds_max = 50;
/// For how long a process may be between two programs: reading the next one may wait for a disk.
constexpr int between_programs_max_ms = 200;
constexpr int empty_ms = 10;  // of one whose text stays empty

/// What a program was begun with: /proc/PID/environ and /proc/PID/cmdline. And the fields of /proc/PID/stat that say
/// from where to where it is in memory (proc(5): 50 and 51, 48 and 49; its memory is 23).
struct Beginning {
    const char* file;
    std::size_t begin;
    std::size_t end;
};
constexpr std::size_t memory_field = 23 - 3;  // behind the name, which is field 2
constexpr Beginning environment{"environ", 50 - 3, 51 - 3};
constexpr Beginning arguments{"cmdline", 48 - 3, 49 - 3};

struct Process {
    pid_t id = 0;
    pid_t parent = 0;
    pid_t session = 0;
};

/// Nothing where it cannot be opened. Not by a stream: that throws where a process ends between opening and reading.
std::optional<std::string> open_and_read(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    std::string text;
    char block[4096];
    for (ssize_t count = 0; (count = ::read(descriptor, block, sizeof block)) > 0;)
        text.append(block, static_cast<std::size_t>(count));
    ::close(descriptor);
    return text;
}

std::string read_file(const std::string& path) { return open_and_read(path).value_or(""); }

std::optional<Process> read_process(pid_t id) {
    const std::string stat = read_file("/proc/" + std::to_string(id) + "/stat");
    // The program's name stands in parentheses and may hold anything.
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(stat.substr(name_end + 1));
    Process process;
    process.id = id;
    char state = 0;
    pid_t group = 0;
    rest >> state >> process.parent >> group >> process.session;
    return rest ? std::optional(process) : std::nullopt;
}

/// For how many milliseconds one that reads as empty is worth another look. None for the kernel's own, and what has
/// ended; long where the kernel has not yet been told where it will be; a little otherwise, since it may have been told
/// that a moment ago.
int patience_with(pid_t id, const Beginning& what) {
    const std::string stat = read_file("/proc/" + std::to_string(id) + "/stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream rest(stat.substr(name_end + 1));
    const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    if (fields.size() <= std::max(what.end, memory_field) || fields[memory_field] == "0") return 0;
    return fields[what.begin] == fields[what.end] && fields[what.end] != "0" ? empty_ms
                                                                             : between_programs_max_ms;
}

/// As the program began. A process that is just becoming another one (execve) has none for a moment; and what was
/// opened before such a moment reads as empty after it. Empty also for those of others.
std::string read_beginning(pid_t id, const Beginning& what) {
    const std::string path = "/proc/" + std::to_string(id) + "/" + what.file;
    for (int waited_ms = 0;; ++waited_ms) {
        std::optional<std::string> text = open_and_read(path);
        if (!text) return "";
        if (!text->empty() || waited_ms >= patience_with(id, what)) return std::move(*text);
        ::usleep(1000);
    }
}

std::vector<pid_t> all_ids() {
    std::vector<pid_t> ids;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t id = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
        if (read.ec == std::errc() && read.ptr == name.data() + name.size()) ids.push_back(id);
    }
    return ids;
}

std::vector<Process> all_processes() {
    std::vector<Process> processes;
    for (const pid_t id : all_ids()) {
        if (const auto process = read_process(id)) processes.push_back(*process);
    }
    return processes;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t ancestor) {
    std::multimap<pid_t, pid_t> children;
    for (const Process& each : all_processes()) children.emplace(each.parent, each.id);
    std::vector<pid_t> found{ancestor};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [begin, end] = children.equal_range(found[i]);
        for (auto child = begin; child != end; ++child) found.push_back(child->second);
    }
    found.erase(found.begin());
    return found;
}

std::vector<pid_t> children_in_other_sessions() {
    std::vector<pid_t> found;
    const pid_t session = ::getsid(0);
    for (const Process& each : all_processes()) {
        if (each.parent == ::getpid() && each.session != session) found.push_back(each.id);
    }
    return found;
}

std::vector<pid_t> processes_with(const std::string& variable) {
    std::vector<pid_t> found;
    const std::string wanted = '\0' + variable + '\0';
    for (const pid_t id : all_ids()) {
        const std::string said = '\0' + read_beginning(id, environment) + '\0';
        if (id != ::getpid() && said.find(wanted) != std::string::npos) found.push_back(id);
    }
    return found;
}

std::vector<std::vector<std::string>> command_lines() {
    std::vector<std::vector<std::string>> found;
    for (const pid_t id : all_ids()) {
        if (id == ::getpid()) continue;
        std::istringstream said(read_beginning(id, arguments));
        std::vector<std::string> line;
        for (std::string part; std::getline(said, part, '\0');) line.push_back(part);
        if (!line.empty()) found.push_back(std::move(line));
    }
    return found;
}

int signal_all(const std::vector<pid_t>& processes, int signal) {
    int refused = 0;
    for (const pid_t id : processes) refused += ::kill(id, signal) != 0 && errno == EPERM ? 1 : 0;
    return refused;
}

void kill_descendants(pid_t ancestor) {
    std::set<pid_t> stopped;
    std::vector<pid_t> all;
    for (int round = 0; round < stop_rounds_max; ++round) {
        all = descendants_of(ancestor);
        std::vector<pid_t> fresh;
        std::copy_if(all.begin(), all.end(), std::back_inserter(fresh),
                     [&](pid_t id) { return stopped.insert(id).second; });
        if (fresh.empty()) break;
        signal_all(fresh, SIGSTOP);
    }
    signal_all(all, SIGKILL);
}

}  // namespace postrider
