#pragma once

#include "lib/config/transport_kind.h"
#include "lib/net/http_client.h"

namespace postrider::pager {

/// What became of a request, from the service's answer alone: a pure function, tested without a network.
Outcome read_answer(const HttpResult& result);

/// `transport: pager`.
const TransportKind& kind();

}  // namespace postrider::pager
