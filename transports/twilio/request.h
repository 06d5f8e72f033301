#pragma once

#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <optional>
#include <string_view>

namespace postrider::twilio {

/// Twilio's limit for Body, in characters.
constexpr std::size_t text_characters_max = 1600;

/// The longest address of an image.
constexpr std::size_t image_address_max = 1600;

/// Whether a text is `image:` and the address of one, as the Django package has it: it goes as an MMS with
/// that medium and no text. What follows may yet be no address: see `objection`.
bool is_image(std::string_view text);

/// The outcome of a request that must not be made, because of what it says; nullopt for a sound one.
std::optional<Outcome> objection(const PreparedRequest& request);

/// The POST that creates a message.
HttpRequest to_http(const PreparedRequest& request, const Settings& settings);

}  // namespace postrider::twilio
