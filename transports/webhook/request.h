#pragma once

#include "lib/async/clock.h"
#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"
#include "transports/webhook/settings.h"

#include <optional>
#include <string>

namespace postrider::webhook {

/// The outcome of a request that must not be made, because of what it says; nullopt for a sound one.
std::optional<Outcome> objection(const PreparedRequest& request);

/// By which a receiver knows a message that comes again: the same at every try.
std::string webhook_id(const PreparedRequest& request);

/// The signed POST. Its body is the same at every try, its time is not.
HttpRequest to_http(const PreparedRequest& request, const Settings& settings, TimePoint now);

}  // namespace postrider::webhook
