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

void Report::add_lags(const std::string& name, std::vector<double> milliseconds, std::vector<double> least,
                      const std::string& of) {
    const Percentiles lag = percentiles(std::move(milliseconds));
    const Percentiles floor = percentiles(std::move(least));
    const auto add_one = [&](const char* which, double value, double at_least) {
        Figure figure{.name = name + ", " + which, .value = value, .unit = "ms"};
        if (at_least > 0) {
            figure.ratio = value / at_least;
            figure.of = of;
        }
        add(std::move(figure));
    };
    add_one("p50", lag.p50, floor.p50);
    add_one("p95", lag.p95, floor.p95);
    add_one("p99", lag.p99, floor.p99);
    add_one("max", lag.max, floor.max);
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
