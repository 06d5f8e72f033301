#include "daemon/commands/action_results.h"

#include "daemon/exit_code.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace postrider {

namespace {

constexpr std::size_t lines_max = 20;

void print_json(const std::vector<ActionResult>& results) {
    boost::json::array rows;
    for (const ActionResult& each : results) {
        rows.push_back({{"id", each.id}, {"done", each.done}, {"what", each.what}});
    }
    std::cout << boost::json::serialize(rows) << '\n';
}

void print_counts(const std::vector<ActionResult>& results) {
    std::map<std::pair<bool, std::string>, std::size_t> counts;
    for (const ActionResult& each : results) ++counts[{each.done, each.what}];
    for (const auto& [kind, count] : counts) {
        (kind.first ? std::cout : std::cerr) << fmt::format("{} messages: {}\n", count, kind.second);
    }
}

}  // namespace

int report_results(const std::vector<ActionResult>& results, bool json) {
    if (json) {
        print_json(results);
    } else if (results.size() > lines_max) {
        print_counts(results);
    } else {
        for (const ActionResult& each : results) {
            (each.done ? std::cout : std::cerr) << fmt::format("message {} {}\n", each.id, each.what);
        }
    }
    const bool all_done =
        std::all_of(results.begin(), results.end(), [](const ActionResult& each) { return each.done; });
    return all_done ? done : failed;
}

}  // namespace postrider
