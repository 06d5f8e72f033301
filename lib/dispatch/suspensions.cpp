#include "lib/dispatch/suspensions.h"

#include "lib/schedule/iso_time.h"

namespace postrider {

std::string to_text(const Suspension& suspension) {
    std::string text = "suspended since " + to_iso_time(suspension.since);
    if (suspension.until) text += " until " + to_iso_time(*suspension.until);
    if (!suspension.reason.empty()) text += ": " + suspension.reason;
    return text;
}

const Suspension* find_suspension(const std::vector<Suspension>& suspensions, const std::string& channel) {
    const Suspension* found = nullptr;
    const auto end_of = [](const Suspension& each) { return each.until.value_or(TimePoint::max()); };
    for (const Suspension& each : suspensions) {
        if (each.concerns(channel) && (!found || end_of(each) > end_of(*found))) found = &each;
    }
    return found;
}

}  // namespace postrider
