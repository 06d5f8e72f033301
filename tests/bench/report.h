#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postrider::bench {

/// One measured number. `ratio`: to `of`, which was measured in the same run, so that it means the
/// same on every machine.
struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
    std::optional<double> ratio = {};
    std::string of = {};
    std::vector<double> series = {};  ///< what it was made of, in the order of time; for the file only
};

/// All figures of a run: a line each as they come, and a JSON file at the end.
class Report {
public:
    void add(Figure figure);
    /// The usual percentiles of durations in milliseconds; each as a ratio to the same one of `least`, if any.
    void add_lags(const std::string& name, std::vector<double> milliseconds, std::vector<double> least = {},
                  const std::string& of = {});
    void write_json(const std::filesystem::path& file) const;

private:
    std::vector<Figure> figures_;
};

}  // namespace postrider::bench
