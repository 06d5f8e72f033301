// Kills daemons again and again while they send, and counts what that cost.

#include "tests/attack/battle.h"
#include "tests/attack/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace postrider::attack {
namespace {

std::vector<const Scenario*> chosen(const Options& options) {
    std::vector<const Scenario*> list;
    for (const Scenario& scenario : scenarios()) {
        const bool named = std::find(options.scenarios.begin(), options.scenarios.end(), scenario.name) !=
                           options.scenarios.end();
        if (named || (options.scenarios.empty() && scenario.by_default)) list.push_back(&scenario);
    }
    if (!options.scenarios.empty() && list.size() != options.scenarios.size()) {
        throw std::invalid_argument("there is no such scenario");
    }
    return list;
}

/// Each scenario's share of the whole, whichever are chosen.
std::vector<Effort> divide(const Options& options, const std::vector<const Scenario*>& list) {
    int messages = 0;
    int kills = 0;
    for (const Scenario* scenario : list) {
        messages += scenario->messages_share;
        kills += scenario->kills_share;
    }
    std::vector<Effort> efforts;
    for (const Scenario* scenario : list) {
        Effort effort;
        const auto share = [](int whole, int part, int all) {
            return (whole * part + all - 1) / std::max(all, 1);
        };
        effort.messages = share(options.messages, scenario->messages_share, messages);
        effort.kills = share(options.kills, scenario->kills_share, kills);
        effort.seed = options.seed;
        if (scenario->kills_share == 0)
            effort.refused_for = std::chrono::duration<double>(options.minutes * 60);
        if (!options.logs.empty()) effort.log = options.logs / (scenario->name + ".log");
        efforts.push_back(effort);
    }
    return efforts;
}

constexpr const char* row_format =
    "{:<10} {:>8} {:>5} {:>8} {:>4} {:>7} {:>8} {:>7} {:>5} {:>9} {:>5} {:>5} {:>10} {:>8}\n";

void print_head() {
    std::cout << fmt::format(row_format, "scenario", "messages", "kills", "accepted", "lost", "doubled",
                             "disorder", "errored", "doubt", "wrong row", "stuck", "looks", "first send",
                             "took");
}

void print(const Figures& figures) {
    const testing::Balance& balance = figures.balance;
    std::cout << fmt::format(row_format, figures.scenario, balance.messages, figures.kills, balance.accepted,
                             balance.lost, balance.doubled, balance.out_of_order, balance.errored,
                             balance.in_doubt, balance.misrecorded + balance.unknown, figures.stuck,
                             figures.looks, fmt::format("{:.2f} s", figures.first_send_max.count()),
                             fmt::format("{:.0f} s", figures.duration.count()));
}

void explain(const Figures& figures) {
    for (const std::string& trouble : figures.troubles) {
        std::cout << figures.scenario << ": " << trouble << '\n';
    }
    for (const std::string& finding : figures.balance.findings) {
        std::cout << figures.scenario << ": " << finding << '\n';
    }
}

/// All of them, some at once; in the order of the list.
std::vector<Figures> fight_all(const Options& options) {
    const auto list = chosen(options);
    const auto efforts = divide(options, list);
    std::vector<Figures> figures(list.size());
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failed;
    std::vector<std::thread> threads;
    for (int i = 0; i < std::max(1, options.at_once); ++i) {
        threads.emplace_back([&] {
            for (std::size_t mine = next++; mine < list.size(); mine = next++) {
                try {
                    figures[mine] = Battle(*list[mine], efforts[mine]).run();
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    failed = std::current_exception();
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    if (failed) std::rethrow_exception(failed);
    return figures;
}

/// 0 when every guarantee held, 1 otherwise.
int run(const Options& options) {
    if (!options.logs.empty()) std::filesystem::create_directories(options.logs);
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<Figures> figures = fight_all(options);
    print_head();
    for (const Figures& one : figures) print(one);
    for (const Figures& one : figures) explain(one);
    const bool broken =
        std::any_of(figures.begin(), figures.end(), [](const Figures& f) { return f.broken(); });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << fmt::format("seed {}, {:.0f} s: {}\n", options.seed, took.count(),
                             broken ? "a guarantee was broken" : "every guarantee held");
    return broken ? 1 : 0;
}

}  // namespace
}  // namespace postrider::attack

int main(int argc, char** argv) {
    using namespace postrider::attack;
    if (argc > 1 && std::string(argv[1]) == "--help") {
        std::cout << usage;
        return 0;
    }
    try {
        return run(read_options(argc, argv));
    } catch (const std::invalid_argument& error) {
        std::cerr << "attack: " << error.what() << '\n' << usage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "attack: " << error.what() << '\n';
        return 1;
    }
}
