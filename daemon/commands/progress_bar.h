#pragma once

#include <chrono>
#include <string>

namespace postrider {

/// How far something has come, on standard error: a bar that grows on a terminal; elsewhere nothing, or with
/// `lines` a line at the beginning and at the end.
class ProgressBar {
public:
    explicit ProgressBar(bool lines = false);
    /// `seen` of `total` of `what`; `total` may be a guess.
    void show(const std::string& what, long long seen, long long total, const std::string& unit = "rows");

private:
    bool lines_;
    bool terminal_;
    std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace postrider
