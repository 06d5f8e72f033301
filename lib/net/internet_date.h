#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// A moment as HTTP and mail write it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 § 5.6.7), or with
/// `+0000` or another offset (RFC 5322 § 3.3). nullopt for all else, the obsolete forms included.
std::optional<TimePoint> internet_date(std::string_view text);

/// The moment, to the second before it, as HTTP writes it: in GMT, and in English whatever the locale.
/// Of the years 0 to 9999.
std::string to_internet_date(TimePoint moment);

}  // namespace postrider
