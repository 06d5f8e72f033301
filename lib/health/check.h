#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// As Nagios has them; the values are its exit codes.
enum class Health { ok = 0, warning = 1, critical = 2, unknown = 3 };

std::string_view to_string(Health health);
/// `unknown` is worse than a warning, and better than what is known to be critical.
Health worse_of(Health one, Health other);

/// A number that a monitoring system may draw: `label=value[unit];[warning];[critical]`.
struct Measure {
    std::string label;
    double value = 0;
    std::string unit;      ///< `s`, `B`, `c` or none
    std::string warning;   ///< threshold, or none
    std::string critical;  ///< threshold, or none
    std::string age = {};  ///< of the messages that `label` counts, those alone that have waited so long
};

/// As it is called where there is nothing but a name.
std::string full_label(const Measure& measure);

/// One thing that is watched, as it is now. `text` says what an operator can do about it; no
/// address, text or secret. It is made by `say` (status_messages.h).
struct Check {
    std::string name;
    Health health = Health::ok;
    std::string text = {};
    std::vector<Measure> measures = {};
    std::vector<std::string> messages = {};  ///< the ids of what `text` says
};

}  // namespace postrider
