#pragma once

#include <string>
#include <string_view>

namespace postrider::templates {

/// In all scripts, as Python has it: `ß` becomes `SS`.
std::string to_upper(std::string_view utf8);
std::string to_lower(std::string_view utf8);

/// Each letter that follows no letter in upper case, all others in lower case.
std::string to_title(std::string_view utf8);

}  // namespace postrider::templates
