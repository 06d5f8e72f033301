// How fast, as ratios to what PostgreSQL does on the same machine in the same run. Asserts nothing about
// time; fails if messages are lost, doubled or counted wrong.

#include "tests/bench/measurements.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace postrider::bench {
namespace {

struct Measurement {
    std::string name;
    std::function<void(Workbench&, Report&)> measure;
};

using std::chrono::milliseconds;

/// In the order in which they are made; `is_short`: only to see that they work.
std::vector<Measurement> measurements(bool is_short) {
    const auto scale = [is_short](auto small, auto full) { return is_short ? small : full; };
    return {
        {"idle", [=](auto& bench, auto& report) { measure_idle_lag(bench, report, scale(5, 200)); }},
        {"loopback",
         [=](auto& bench, auto& report) { measure_throughput(bench, report, scale(1000, 50000)); }},
        {"http",
         [=](auto& bench, auto& report) {
             for (const int calls : {1, 16, 256}) measure_http(bench, report, calls, scale(20, calls * 100));
         }},
        {"neighbours",
         [=](auto& bench, auto& report) {
             measure_neighbours(bench, report,
                                scale(Neighbours{2000, 500, 20}, Neighbours{1000000, 200000, 2000}));
         }},
        {"memory",
         [=](auto& bench, auto& report) {
             measure_memory(bench, report,
                            scale(Memory{.future = {100, 1000}, .due = 1000, .quiet = milliseconds{200}},
                                  Memory{.future = {1000, 1000000, 10000000},
                                         .due = 1000000,
                                         .quiet = milliseconds{12000}}));
         }},
        {"daemons",
         [=](auto& bench, auto& report) {
             measure_daemons(bench, report, scale(std::vector{2}, std::vector{1, 2, 4}), scale(500, 50000));
         }},
        {"baseline",
         [=](auto& bench, auto& report) {
             measure_baseline(bench, report, scale(Baseline{100, 500}, Baseline{5000, 50000}));
         }},
        {"load",
         [=](auto& bench, auto& report) {
             measure_load(bench, report, scale(Load{500, 1}, Load{2000, 15}));
         }},
        {"history",
         [=](auto& bench, auto& report) {
             measure_history(bench, report,
                             scale(History{.old = {1000}, .at_once = 50, .times = 2},
                                   History{.old = {10000, 1000000}, .at_once = 500, .times = 40}));
         }},
        {"webhooks",
         [=](auto& bench, auto& report) {
             measure_webhooks(bench, report, scale(Webhooks{200, 8}, Webhooks{50000, 128}));
         }},
        {"reports",
         [=](auto& bench, auto& report) {
             measure_reports(bench, report, scale(Reports{{1000}, 50}, Reports{{10000, 1000000}, 5000}));
         }},
        {"soak",
         [=](auto& bench, auto& report) {
             measure_soak(bench, report, scale(Day{3, 200, 0}, Day{24, 41667, 500}));
         }},
    };
}

}  // namespace
}  // namespace postrider::bench

int main(int argc, char** argv) {
    using namespace postrider::bench;
    bool is_short = false;
    std::string json;
    std::vector<std::string> wanted;
    std::vector<std::string> all;
    for (const Measurement& measurement : measurements(true)) all.push_back(measurement.name);
    CLI::App app("How fast Postrider is on this machine, as ratios to what PostgreSQL alone does");
    app.add_flag("--short", is_short, "under a minute: whether it runs at all");
    app.add_option("--only", wanted, "these measurements")->delimiter(',')->check(CLI::IsMember(all));
    app.add_option("--json", json, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    try {
        Workbench bench;
        Report report;
        for (const Measurement& measurement : measurements(is_short)) {
            if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), measurement.name) == wanted.end())
                continue;
            measurement.measure(bench, report);
            bench.drop_databases();
        }
        if (!json.empty()) report.write_json(json);
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
