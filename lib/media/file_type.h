#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// What bytes are by their own look (libmagic): `image/png`; `application/octet-stream` for what nobody
/// knows. Looks at the first 256 KB, unpacks nothing, runs nothing. Any thread. Throws std::runtime_error
/// where libmagic lacks its database.
std::string file_type_of(std::string_view bytes);

}  // namespace postrider
