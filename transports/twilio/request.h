#pragma once

#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <optional>

namespace postrider::twilio {

/// Twilio's limit for Body, in characters.
constexpr std::size_t text_characters_max = 1600;

/// The outcome of a request that must not be made, because of what it says; nullopt for a sound one.
std::optional<Outcome> objection(const PreparedRequest& request);

/// The POST that creates a message.
HttpRequest to_http(const PreparedRequest& request, const Settings& settings);

}  // namespace postrider::twilio
