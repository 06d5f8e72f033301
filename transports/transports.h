#pragma once

#include "lib/config/transport_kind.h"

namespace postrider {

/// Every kind of provider there is, by folder.
const TransportKinds& all_transport_kinds();

}  // namespace postrider
