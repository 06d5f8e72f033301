#pragma once

#include "lib/text/template/civil_time.h"

#include <optional>
#include <string_view>

namespace postrider::templates {

/// What a text of ISO 8601 says: a date, a time, or both.
struct IsoTime {
    CivilTime time;  ///< a time alone is on 1970-01-01, a date alone at midnight
    bool has_date = false;
    bool has_time = false;
};

/// `2026-02-03`, `09:00`, `2026-02-03T09:00:00.5-06:00`, `2026-02-03 09:00Z`; nullopt for all else.
std::optional<IsoTime> read_iso_time(std::string_view text);

}  // namespace postrider::templates
