#pragma once

#include "tests/support/form_parser.h"

#include <optional>
#include <string>

namespace postrider::testing {

struct TwilioRefusal {
    int status = 400;
    int code = 0;  ///< 0: the message is the whole body, as a proxy would answer
    std::string message;
};

/// What Twilio has against the creation of a message from these fields; nullopt for what it would accept.
/// Twilio's well-known test numbers are refused as Twilio does. Stricter than Twilio with what it ignores:
/// unknown and repeated parameters.
std::optional<TwilioRefusal> twilio_objection(const FormFields& fields);

}  // namespace postrider::testing
