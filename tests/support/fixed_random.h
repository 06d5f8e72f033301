#pragma once

#include "lib/schedule/random.h"

#include <cstdio>

namespace postrider::testing {

/// Chance without chance: always the same part, and UUIDs that count up.
struct FixedRandom final : Random {
    double unit() override { return chance; }
    std::string uuid() override {
        char text[37];
        std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012llu", ++uuids);
        return text;
    }

    double chance = 0.5;
    unsigned long long uuids = 0;
};

}  // namespace postrider::testing
