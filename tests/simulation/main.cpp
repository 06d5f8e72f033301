#include "lib/log/log.h"
#include "tests/simulation/scenario.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace {

using postrider::simulation::Scenario;

/// Seeds are independent: each thread takes the next.
class Campaign {
public:
    Campaign(std::uint64_t first, std::uint64_t count, std::size_t failures_max)
        : next_(first), end_(first + count), failures_max_(failures_max) {}

    void work() {
        for (std::uint64_t seed = next_++; seed < end_ && failures_ < failures_max_; seed = next_++) {
            const auto violations = Scenario(seed, false).run();
            ++runs_;
            if (violations.empty()) continue;
            ++failures_;
            const std::lock_guard lock(mutex_);
            for (const std::string& each : violations) fmt::print("seed {}: {}\n", seed, each);
        }
    }
    std::size_t runs() const { return runs_; }
    std::size_t failures() const { return failures_; }

private:
    std::atomic<std::uint64_t> next_;
    const std::uint64_t end_;
    const std::size_t failures_max_;
    std::atomic<std::size_t> runs_{0};
    std::atomic<std::size_t> failures_{0};
    std::mutex mutex_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "Runs the way out on simulated time, with all that can go wrong, and checks the guarantees.");
    std::uint64_t seeds = 10000;
    std::uint64_t first = 1;
    std::uint64_t one = 0;
    bool story = false;
    std::size_t failures_max = 10;
    unsigned threads = std::max(std::thread::hardware_concurrency(), 1U);
    app.add_option("--seeds", seeds, "how many runs");
    app.add_option("--first", first, "the first seed");
    app.add_option("--seed", one, "only this one");
    app.add_flag("--story", story, "tell what happens (with --seed)");
    app.add_option("--failures", failures_max, "stop after so many");
    app.add_option("--threads", threads, "runs at the same time");
    CLI11_PARSE(app, argc, argv);
    if (story) {
        postrider::log::configure(postrider::log::Level::info, postrider::log::Format::text);
    } else {
        postrider::log::silence();
    }
    if (one != 0) {
        const auto violations = Scenario(one, story).run();
        for (const std::string& each : violations) fmt::print("seed {}: {}\n", one, each);
        return violations.empty() ? 0 : 1;
    }
    const auto start = std::chrono::steady_clock::now();
    Campaign campaign(first, seeds, failures_max);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([&] { campaign.work(); });
    workers.clear();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("{} runs in {:.1f} s, {} failed\n", campaign.runs(), seconds, campaign.failures());
    return campaign.failures() == 0 ? 0 : 1;
}
