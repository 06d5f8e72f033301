#include "lib/quicksilver/lock_files.h"

#include "lib/log/log.h"
#include "lib/process/process_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace postrider {

namespace {

bool runs_here(const std::string& command) {
    const auto lines = command_lines();
    return std::any_of(lines.begin(), lines.end(), [&](const std::vector<std::string>& line) {
        return std::find(line.begin(), line.end(), command) != line.end();
    });
}

}  // namespace

std::vector<LockFiles::Lock> LockFiles::look(const std::string& command) const {
    const std::string ending = "__" + command + ".lock";
    std::vector<std::string> names;
    if (!slug_.empty()) names.push_back(slug_ + ending);
    std::error_code error;
    if (slug_.empty()) {
        for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end;
             entry.increment(error)) {
            std::string name = entry->path().filename();
            if (name.size() > ending.size() && name.ends_with(ending)) names.push_back(std::move(name));
        }
    }
    std::vector<Lock> locks;
    for (const std::string& name : names) {
        const std::string path = folder_ + "/" + name;
        struct statx is {};
        if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &is) != 0 ||
            !S_ISREG(is.stx_mode))
            continue;
        const auto& made = (is.stx_mask & STATX_BTIME) != 0 ? is.stx_btime : is.stx_ctime;
        locks.push_back({path, fmt::format("{} {} {}.{:09}", name, is.stx_ino, made.tv_sec, made.tv_nsec)});
    }
    return locks;
}

std::vector<std::string> LockFiles::present(const std::string& command) const {
    std::vector<std::string> identities;
    for (Lock& lock : look(command)) identities.push_back(std::move(lock.identity));
    return identities;
}

bool LockFiles::clear(const std::string& command, const std::vector<std::string>& before) const {
    bool none_left = true;
    for (const Lock& lock : look(command)) {
        if (std::find(before.begin(), before.end(), lock.identity) != before.end()) continue;
        if (runs_here(command)) return false;
        const bool gone = ::unlink(lock.path.c_str()) == 0 || errno == ENOENT;
        if (!gone)
            log::warn("a lock that a task has left cannot be removed",
                      {{"file", lock.path}, {"error", std::generic_category().message(errno)}});
        none_left = none_left && gone;
    }
    return none_left;
}

}  // namespace postrider
