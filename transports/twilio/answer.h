#pragma once

#include "lib/async/clock.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"

#include <string>
#include <string_view>

namespace postrider::twilio {

/// What Twilio's answer to the creation of a message, or the lack of one, came to. Reasons are our own
/// words and Twilio's code, never its text: that repeats the recipient's number.
Outcome read_answer(const HttpResult& result, TimePoint now);

/// What the acceptance of message `sid` brings to its row's metadata.
boost::json::object accepted_metadata(std::string_view sid);

/// Why an answer grants nothing, in the same words as `read_answer`.
std::string refusal_reason(const HttpAnswer& answer);

}  // namespace postrider::twilio
