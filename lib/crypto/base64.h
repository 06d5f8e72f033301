#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// RFC 4648 § 4, with padding.
std::string to_base64(std::string_view bytes);

/// The bytes behind it; nullopt for what is not exactly that. In a time that does not depend on them.
std::optional<std::string> from_base64(std::string_view text);
/// The same for what nobody else may see.
std::optional<Secret> secret_from_base64(std::string_view text);

}  // namespace postrider
