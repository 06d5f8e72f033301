#pragma once

#include "lib/async/clock.h"
#include "lib/model/outcome.h"
#include "lib/net/http_client.h"

#include <string>

namespace postrider::webhook {

/// What a receiver's answer, or the lack of one, came to. Its body counts for nothing.
Outcome read_answer(const HttpResult& result, const std::string& id, TimePoint now);

}  // namespace postrider::webhook
