#pragma once

#include <string>
#include <string_view>

namespace postrider::testing {

/// RFC 4648 § 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace postrider::testing
