#pragma once

#include <cstdint>

namespace postrider::testing {

/// A port of 127.0.0.1 that nobody listens on, and that no outgoing connection takes meanwhile.
std::uint16_t free_port();

}  // namespace postrider::testing
