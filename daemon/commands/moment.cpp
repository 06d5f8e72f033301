#include "daemon/commands/moment.h"

#include "lib/config/quantity.h"
#include "lib/schedule/iso_time.h"

#include <chrono>

namespace postrider {

std::string moment_of(const std::string& text) {
    const auto ago = parse_duration(text);
    if (!ago) return text;
    return to_iso_time(
        std::chrono::time_point_cast<TimePoint::duration>(std::chrono::system_clock::now() - *ago));
}

}  // namespace postrider
