#include "lib/dispatch/transport.h"

namespace postrider {

Task<Finding> Transport::find(OpenAttempt) { co_return Finding::cannot_tell; }

}  // namespace postrider
