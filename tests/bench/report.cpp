#include "tests/bench/report.h"

#include "tests/bench/workbench.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <stdexcept>

namespace postrider::bench {

void Report::add(Figure figure) {
    std::string line = fmt::format("{:<56} {:>12.2f} {:<6}", figure.name, figure.value, figure.unit);
    if (figure.ratio) line += fmt::format(" {:>6.2f} of {}", *figure.ratio, figure.of);
    std::cout << line << std::endl;
    figures_.push_back(std::move(figure));
}

void Report::add_lags(const std::string& name, std::vector<double> milliseconds) {
    const Percentiles lag = percentiles(std::move(milliseconds));
    add({.name = name + ", p50", .value = lag.p50, .unit = "ms"});
    add({.name = name + ", p95", .value = lag.p95, .unit = "ms"});
    add({.name = name + ", p99", .value = lag.p99, .unit = "ms"});
    add({.name = name + ", max", .value = lag.max, .unit = "ms"});
}

void Report::write_json(const std::filesystem::path& file) const {
    boost::json::array figures;
    for (const Figure& figure : figures_) {
        boost::json::object object{{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
        if (figure.ratio) {
            object["ratio"] = *figure.ratio;
            object["of"] = figure.of;
        }
        if (!figure.series.empty()) object["series"] = boost::json::value_from(figure.series);
        figures.push_back(std::move(object));
    }
    std::ofstream out(file);
    out << boost::json::serialize(boost::json::object{{"figures", std::move(figures)}}) << '\n';
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace postrider::bench
