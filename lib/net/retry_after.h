#pragma once

#include "lib/async/clock.h"
#include "lib/net/http_client.h"

#include <chrono>
#include <optional>

namespace postrider {

/// How long a server asks us to wait (RFC 9110 § 10.2.3, seconds or a date), between nothing and a day;
/// nullopt where it does not say or cannot be understood.
std::optional<std::chrono::seconds> retry_after(const HttpAnswer& answer, TimePoint now);

}  // namespace postrider
