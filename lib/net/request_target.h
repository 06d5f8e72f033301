#pragma once

#include <string_view>

namespace postrider {

/// The parts of a request's target (RFC 9112 § 3.2), not decoded; they point into what was split.
struct RequestTarget {
    std::string_view path;   ///< without the scheme and host of the absolute form
    std::string_view query;  ///< after the `?`
};

RequestTarget split_target(std::string_view target);

}  // namespace postrider
