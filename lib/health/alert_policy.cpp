#include "lib/health/alert_policy.h"

#include <algorithm>
#include <set>

namespace postrider {

namespace {

/// What is unknown is worth a look, as Nagios has it.
int severity(Health health) {
    switch (health) {
        case Health::ok: return 0;
        case Health::warning:
        case Health::unknown: return 1;
        case Health::critical: return 2;
    }
    return 2;
}

}  // namespace

Alert AlertPolicy::look(const std::vector<Check>& checks, TimePoint now) {
    Alert alert;
    std::set<std::string> seen;
    for (const Check& check : checks) {
        seen.insert(check.name);
        const bool is_bad = severity(check.health) >= severity(rules_.level);
        const auto [place, is_new] = troubles_.try_emplace(check.name);
        Trouble& trouble = place->second;
        if (is_new || trouble.is_bad != is_bad) {
            trouble.is_bad = is_bad;
            trouble.since = now;
        }
        if (now < trouble.since + rules_.after) continue;
        if (!is_bad) {
            if (trouble.end_is_owed) alert.ended.push_back(check);
            continue;
        }
        if (trouble.told != TimePoint::min() && now < trouble.told + rules_.quiet) continue;
        (trouble.end_is_owed ? alert.lasting : alert.begun).push_back(check);
    }
    // A check that is not there any more has nothing left to say: a channel that was taken out of the configuration.
    for (auto& [name, trouble] : troubles_) {
        if (trouble.end_is_owed && !seen.contains(name))
            alert.ended.push_back({.name = name, .text = "it is not checked any more"});
    }
    std::erase_if(troubles_,
                  [&](const auto& each) { return !seen.contains(each.first) && !each.second.end_is_owed; });
    return alert;
}

void AlertPolicy::was_told(const Alert& alert, TimePoint now) {
    for (const auto* checks : {&alert.begun, &alert.lasting}) {
        for (const Check& check : *checks) {
            Trouble& trouble = troubles_[check.name];
            trouble.told = now;
            trouble.end_is_owed = true;
        }
    }
    for (const Check& check : alert.ended) troubles_[check.name].end_is_owed = false;
}

}  // namespace postrider
