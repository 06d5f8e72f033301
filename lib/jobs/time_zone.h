#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace date {  // NOLINT(readability-identifier-naming): the library's own name
class time_zone;
}

namespace postrider {

/// The rules of a place's clocks, by the system's tzdata. A value; the rules behind it are read once and
/// stay for the life of the process.
class TimeZone {
public:
    using Moment = std::chrono::sys_seconds;
    using Wall = std::chrono::local_seconds;  ///< what a clock on the wall shows

    /// For how long clocks keep one distance to UTC: [begin, end).
    struct Span {
        Moment begin;
        Moment end;
        std::chrono::seconds offset;  ///< what they are ahead of UTC
    };

    /// UTC, which needs no tzdata.
    TimeZone() = default;
    /// A name such as `America/Chicago`; nullopt for one that is not known, or where there is no tzdata.
    static std::optional<TimeZone> find(const std::string& name);

    Span span_at(Moment moment) const;
    Wall wall_at(Moment moment) const;
    /// When the clocks show `wall`: the first time, where they show it twice; where they pass it over, the
    /// moment at which they are put forward.
    Moment first_moment(Wall wall) const;

private:
    const date::time_zone* zone_ = nullptr;
};

}  // namespace postrider
