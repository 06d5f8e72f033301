#pragma once

#include "lib/dispatch/privacy.h"
#include "lib/inbound/forward_store.h"

#include <boost/system/result.hpp>

#include <string>

namespace postrider {

/// Why there is no body, for an operator; without an address or a text.
struct ForwardFault {
    ForwardFault() = default;
    explicit ForwardFault(const char* why) : what(why) {}  // a fixed text
    std::string what;
};

/// What an endpoint is told, as JSON: `type`, `timestamp` and `data` (docs/forwarding.md). In the clear: what is
/// sealed in the rows is opened. The same rows give the same bytes. Of one that has nothing to tell: not called.
boost::system::result<std::string, ForwardFault> forward_body(const Forward& forward, Privacy& privacy);

}  // namespace postrider
