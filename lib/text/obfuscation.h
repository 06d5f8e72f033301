#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// An address as it may be shown to those who need not know it, as the Django package writes it: a telephone
/// number keeps its last five digits (in North America the country code too: `+1XXXXX50123`), all else has
/// an X. What is no telephone number, read by the habits of `region` (is_phone_region), stays as it is: an
/// e-mail address. Any thread.
std::string obfuscated(std::string_view address, std::string_view region);

}  // namespace postrider
