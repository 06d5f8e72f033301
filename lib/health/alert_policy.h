#pragma once

#include "lib/async/clock.h"
#include "lib/health/check.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace postrider {

/// When somebody is to be told of what the checks say.
struct AlertRules {
    Health level = Health::critical;  ///< warning or critical: of what is as bad as that, or worse
    std::chrono::milliseconds after{std::chrono::minutes{1}};  ///< once it has lasted for so long
    std::chrono::milliseconds quiet{
        std::chrono::minutes{15}};  ///< of the same check again only after so long

    bool operator==(const AlertRules&) const = default;
};

/// What is to be told now.
struct Alert {
    std::vector<Check> begun;  ///< in the order of the checks
    std::vector<Check> lasting;
    std::vector<Check> ended;

    bool empty() const { return begun.empty() && lasting.empty() && ended.empty(); }
};

/// Decides of whom it is told when: each trouble once it has lasted, again while it lasts, and when it is over; none
/// more often than once in `quiet`, however often it comes and goes. Pure, but for what it remembers.
class AlertPolicy {
public:
    void set_rules(AlertRules rules) { rules_ = rules; }

    /// What is to be told at `now`. The same again, until it `was_told`.
    Alert look(const std::vector<Check>& checks, TimePoint now);
    void was_told(const Alert& alert, TimePoint now);

private:
    struct Trouble {
        TimePoint since{};                  ///< it is as it is, well or not
        TimePoint told = TimePoint::min();  ///< when somebody was told that it is not well
        bool is_bad = false;
        bool end_is_owed = false;  ///< somebody was told of it, and not that it is over
    };

    AlertRules rules_;
    std::map<std::string, Trouble> troubles_;  // by the check's name
};

}  // namespace postrider
