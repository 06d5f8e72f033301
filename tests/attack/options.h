#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace postrider::attack {

struct Options {
    int kills = 200;       ///< over all scenarios
    int messages = 20500;  ///< over all scenarios
    unsigned seed = 1;
    int at_once = 2;                     ///< scenarios that run at the same time
    double minutes = 10;                 ///< of wrong credentials, in `credential`
    std::vector<std::string> scenarios;  ///< empty: the default ones
    std::filesystem::path logs;          ///< where each scenario's log of its daemons is kept; empty: nowhere
};

/// Throws std::invalid_argument for what it does not know. `--help` is for the caller.
Options read_options(int argc, char** argv);

extern const char* const usage;

}  // namespace postrider::attack
