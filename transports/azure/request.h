#pragma once

#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"
#include "transports/azure/settings.h"

#include <optional>

namespace postrider::azure {

/// Azure's limit for a text, in UTF-16 code units.
constexpr std::size_t text_units_max = 2048;

/// The outcome of a request that must not be made, because of what it says; nullopt for a sound one.
std::optional<Outcome> objection(const PreparedRequest& request);

/// The POST that sends a message, signed for `now`. Its body is the same bytes whenever the same request
/// is made under the same idempotency key: anything else Azure would refuse as another message.
HttpRequest to_http(const PreparedRequest& request, const Settings& settings, TimePoint now);

}  // namespace postrider::azure
