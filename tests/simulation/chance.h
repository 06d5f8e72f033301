#pragma once

#include "lib/schedule/random.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>

namespace postrider::simulation {

/// All chance of a run comes from one seed.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : engine_(seed) {}

    /// Evenly in [0, count).
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
    /// Mostly short, now and then long: up to `longest`.
    std::chrono::microseconds span(std::chrono::microseconds longest) {
        const double part = unit();
        return std::chrono::microseconds(
            static_cast<std::int64_t>(part * part * part * static_cast<double>(longest.count())));
    }
    std::chrono::microseconds evenly(std::chrono::microseconds longest) {
        return std::chrono::microseconds(
            static_cast<std::int64_t>(unit() * static_cast<double>(longest.count())));
    }

private:
    std::mt19937_64 engine_;
};

/// What a daemon draws.
class DaemonChance final : public Random {
public:
    explicit DaemonChance(std::uint64_t seed) : chance_(seed) {}
    double unit() override { return chance_.unit(); }
    std::string uuid() override {
        char text[37];
        std::snprintf(text, sizeof text, "%08zx-0000-4000-8000-%012zx", chance_.below(0xffffffff),
                      chance_.below(0xffffffffffff));
        return text;
    }

private:
    Chance chance_;
};

}  // namespace postrider::simulation
