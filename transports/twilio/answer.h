#pragma once

#include "lib/async/clock.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"

namespace postrider::twilio {

/// What Twilio's answer to the creation of a message, or the lack of one, came to. Reasons are our own
/// words and Twilio's code, never its text: that repeats the recipient's number.
Outcome read_answer(const HttpResult& result, TimePoint now);

}  // namespace postrider::twilio
