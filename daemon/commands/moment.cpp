#include "daemon/commands/moment.h"

#include "lib/config/quantity.h"
#include "lib/schedule/iso_time.h"

#include <chrono>

namespace postrider {

std::optional<TimePoint> moment_ago(const std::string& duration) {
    const auto ago = parse_duration(duration);
    if (!ago) return std::nullopt;
    return std::chrono::time_point_cast<TimePoint::duration>(std::chrono::system_clock::now() - *ago);
}

std::string moment_of(const std::string& text) {
    const auto moment = moment_ago(text);
    return moment ? to_iso_time(*moment) : text;
}

}  // namespace postrider
