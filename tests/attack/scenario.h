#pragma once

#include "tests/system/site.h"

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace postrider::attack {

/// What is put in, and how daemons die.
struct Scenario {
    enum class Texts { different, some_equal, long_ones };

    std::string name;
    Texts texts = Texts::different;
    bool encrypted = false;
    int daemons = 1;
    bool by_default = true;
    /// Of all messages and kills of the run, in 1/1000.
    int messages_share = 0;
    int kills_share = 0;
    int conversations = 400;
    /// A life lasts up to so long.
    std::chrono::milliseconds life_max{1100};
};

/// In the order of the table.
const std::vector<Scenario>& scenarios();

/// Messages, in the clear, over the scenario's conversations, those of each in the order they are made.
class Author {
public:
    Author(const Scenario& scenario, unsigned seed) : scenario_(scenario), random_(seed) {}

    testing::NewRow next();

private:
    const Scenario& scenario_;
    std::mt19937 random_;
    std::vector<int> written_ = std::vector<int>(static_cast<std::size_t>(scenario_.conversations));
};

}  // namespace postrider::attack
