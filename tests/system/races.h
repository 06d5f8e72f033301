#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace postrider::testing {

struct RaceEffort {
    int messages = 0;
    unsigned seed = 1;
    /// How long rows rest that nobody announces; their files come within a second or so.
    std::chrono::seconds settle{8};
    /// Of the site's processes. At SERIALIZABLE any statement may be cancelled, reads too.
    std::vector<std::string> isolations{"read committed", "repeatable read", "serializable"};
    std::chrono::seconds limit{60};  ///< for all to come to their end, once they are made
    std::filesystem::path log = {};  ///< of the daemon; empty: kept nowhere
};

/// What races came to: one message each.
struct RaceFigures {
    int messages = 0;
    int sent_by_site = 0;
    int refused = 0;    ///< times that the guard said no to the site
    int conflicts = 0;  ///< and that the site's own isolation level did
    int resets = 0;
    int lost = 0;
    int doubled = 0;
    int without_media = 0;
    int unsent = 0;  ///< sent rows that somebody made due again
    std::chrono::duration<double> took{};
    std::vector<std::string> findings;  ///< what is wrong, a line each

    bool exact() const { return findings.empty(); }
};

/// Processes of a Django site (tests/races/site_process.py) and a daemon, both at the same messages of
/// the same provider.
RaceFigures run_races(const RaceEffort& effort);

}  // namespace postrider::testing
