#pragma once

#include <optional>
#include <string>

namespace postrider {

/// A rule that says where messages go. Patterns as lib/text/pattern.h has them, looked for anywhere in
/// the decrypted value; all that are given must match.
struct Route {
    std::optional<std::string> destination;
    std::optional<std::string> message;
    std::optional<std::string> channel;  ///< none: left to whoever else sends

    bool operator==(const Route&) const = default;
};

}  // namespace postrider
