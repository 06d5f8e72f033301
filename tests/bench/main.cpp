// How fast, as ratios to what PostgreSQL does on the same machine in the same run. Asserts nothing.

#include "tests/bench/measurements.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    using namespace postrider::bench;
    const std::vector<std::string> all{"idle", "loopback", "http", "neighbours"};
    bool is_short = false;
    std::string json;
    std::vector<std::string> wanted = all;
    CLI::App app("How fast Postrider is on this machine, as ratios to what PostgreSQL alone does");
    app.add_flag("--short", is_short, "a few seconds: whether it runs at all");
    app.add_option("--only", wanted, "these measurements")->delimiter(',')->check(CLI::IsMember(all));
    app.add_option("--json", json, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    const auto wants = [&](const char* name) {
        return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    };
    try {
        Workbench bench;
        Report report;
        if (wants("idle")) measure_idle_lag(bench, report, is_short ? 5 : 200);
        if (wants("loopback")) measure_throughput(bench, report, is_short ? 1000 : 50000);
        if (wants("http")) {
            for (const int calls : {1, 16, 256})
                measure_http(bench, report, calls, is_short ? 20 : calls * 100);
        }
        if (wants("neighbours")) {
            measure_neighbours(bench, report,
                               is_short ? Neighbours{2000, 500, 20} : Neighbours{1000000, 200000, 2000});
        }
        if (!json.empty()) report.write_json(json);
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
