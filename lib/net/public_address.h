#pragma once

#include <sys/socket.h>

#include <string_view>

namespace postrider {

/// Whether an address is one of the public internet, so that who names it in a web address cannot reach into
/// our own network: none that is loopback, private, link-local, shared (RFC 6598), for documentation,
/// benchmarks or multicast, reserved or unspecified (RFC 6890), and none of IPv6 that stands for one of these
/// (mapped, NAT64, 6to4).
bool is_public_address(const sockaddr& address);
/// The same for a numeric address; what is none is not public.
bool is_public_address(std::string_view numeric);

}  // namespace postrider
