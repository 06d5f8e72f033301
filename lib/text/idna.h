#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// An international domain name in the form that the DNS and mail servers know (`xn--…`, UTS #46,
/// nontransitional); nullopt for what is none. `utf8` is well-formed.
std::optional<std::string> ascii_domain(std::string_view utf8);

}  // namespace postrider
