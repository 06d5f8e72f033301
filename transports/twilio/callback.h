#pragma once

#include "lib/model/attempt.h"

#include <optional>
#include <string>
#include <string_view>

// Where Twilio reports what becomes of a message after its acceptance (StatusCallback).
namespace postrider::twilio {

/// What Twilio, or whoever gets the reports, would have against an address that is one of a web service;
/// nullopt for a sound one.
std::optional<std::string> callback_fault(std::string_view url);

/// `url` with `attempt=ID` among its parameters: so a report names its attempt also where Twilio's answer
/// to the request, and the message's sid with it, was lost.
std::string callback_for(std::string_view url, AttemptId attempt);

}  // namespace postrider::twilio
