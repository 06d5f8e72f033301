#pragma once

#include "lib/model/outcome.h"
#include "lib/net/http_client.h"

namespace postrider {

/// What an exchange that was not answered means for what it was to send: `deferred` where nothing left, else
/// `in_doubt`.
Outcome unanswered(const HttpResult& result);

}  // namespace postrider
