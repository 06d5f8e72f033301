#include "daemon/commands/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace postrider {

namespace {

constexpr long long width = 30;
constexpr std::chrono::milliseconds redrawn_every{100};

}  // namespace

ProgressBar::ProgressBar(bool lines) : lines_(lines), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::show(const std::string& what, long long seen, long long total, const std::string& unit) {
    const bool end = seen >= total;
    if (!terminal_ && (!lines_ || (!end && seen > 0))) return;
    const auto now = std::chrono::steady_clock::now();
    if (terminal_ && !end && now - drawn_ < redrawn_every) return;
    drawn_ = now;
    const auto filled = total == 0 ? width : std::min(width * seen / total, width);
    const std::string bar(static_cast<std::size_t>(filled), '#');
    std::cerr << fmt::format("{}{} [{:<{}}] {} of {} {}{}", terminal_ ? "\r" : "", what, bar, width, seen,
                             total, unit, terminal_ && !end ? "" : "\n")
              << std::flush;
}

}  // namespace postrider
