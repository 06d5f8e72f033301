#include "lib/jobs/time_zone.h"

// As Debian builds the library: by the system's tzdata.
#define USE_OS_TZDB 1
#include <date/tz.h>

#include <stdexcept>

namespace postrider {

std::optional<TimeZone> TimeZone::find(const std::string& name) {
    TimeZone zone;
    if (name == "UTC") return zone;
    try {
        zone.zone_ = date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
    return zone;
}

TimeZone::Span TimeZone::span_at(Moment moment) const {
    if (zone_ == nullptr) return {Moment::min(), Moment::max(), std::chrono::seconds{0}};
    const date::sys_info info = zone_->get_info(moment);
    return {info.begin, info.end, info.offset};
}

TimeZone::Wall TimeZone::wall_at(Moment moment) const {
    return Wall((moment + span_at(moment).offset).time_since_epoch());
}

TimeZone::Moment TimeZone::first_moment(Wall wall) const {
    if (zone_ == nullptr) return Moment(wall.time_since_epoch());
    const date::local_info info = zone_->get_info(date::local_seconds(wall.time_since_epoch()));
    if (info.result == date::local_info::nonexistent) return info.first.end;
    return Moment(wall.time_since_epoch() - info.first.offset);
}

}  // namespace postrider
