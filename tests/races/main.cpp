// Races a Django site and the daemon for many messages, and counts what went wrong.
#include "tests/system/django.h"
#include "tests/system/races.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

int main(int argc, char** argv) {
    using namespace postrider::testing;
    RaceEffort effort{.messages = 5000, .limit = std::chrono::minutes{10}};
    std::string log;
    CLI::App command("Races a Django site and the daemon for the same messages.");
    command.add_option("--messages", effort.messages, "How many (5000)");
    command.add_option("--seed", effort.seed, "Of the pauses (1)");
    command.add_option("--log", log, "Where to keep the daemon's log if something is wrong");
    CLI11_PARSE(command, argc, argv);
    effort.log = log;
    if (const std::string obstacle = django_obstacle(); !obstacle.empty()) {
        std::cerr << "races: " << obstacle << '\n';
        return 1;
    }
    try {
        const RaceFigures figures = run_races(effort);
        std::cout << fmt::format(
            "{} messages in {:.0f} s: {} sent by the site, {} times refused by the guard, {} by the "
            "isolation "
            "level, {} resets; lost {}, doubled {}, without their file {}, due again {}\n",
            figures.messages, figures.took.count(), figures.sent_by_site, figures.refused, figures.conflicts,
            figures.resets, figures.lost, figures.doubled, figures.without_media, figures.unsent);
        for (std::size_t i = 0; i < std::min<std::size_t>(figures.findings.size(), 20); ++i)
            std::cout << figures.findings[i] << '\n';
        return figures.exact() ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "races: " << error.what() << '\n';
        return 1;
    }
}
