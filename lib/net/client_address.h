#pragma once

#include "lib/net/http_server.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Who asks: the peer, or whom a trusted proxy names in X-Forwarded-For. Numeric, in the usual form, without
/// port, IPv4-mapped addresses as IPv4.
///
/// Only what our own proxies saw themselves counts, and that stands last: of all X-Forwarded-For lines
/// together the last address that is not a trusted proxy's (or the first, if all are). What stands before it
/// is hearsay. `trusted_proxies` are numeric, in their usual form. Empty where a trusted proxy names what is no
/// address: nobody knows who asks then, and it is not the proxy.
std::string client_address(const ServerRequest& request, const std::vector<std::string>& trusted_proxies);

/// A numeric address in its usual form: `[::1]:80` is `::1`, `::ffff:192.0.2.1` is `192.0.2.1`; empty for what
/// is none.
std::string usual_address(std::string_view written);

}  // namespace postrider
