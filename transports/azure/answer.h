#pragma once

#include "lib/async/clock.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"

namespace postrider::azure {

/// What Azure's answer to one message, the only one of its request, or the lack of one, came to. `parts`:
/// requests that the message came to. Reasons are our own words and Azure's status, never its text: that
/// may repeat the recipient's number.
Outcome read_answer(const HttpResult& result, int parts, TimePoint now);

}  // namespace postrider::azure
