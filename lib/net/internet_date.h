#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string_view>

namespace postrider {

/// A moment as HTTP and mail write it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 § 5.6.7), or with
/// `+0000` or another offset (RFC 5322 § 3.3). nullopt for all else, the obsolete forms included.
std::optional<TimePoint> internet_date(std::string_view text);

}  // namespace postrider
