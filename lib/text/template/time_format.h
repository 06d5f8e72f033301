#pragma once

#include "lib/text/template/civil_time.h"

#include <string>
#include <string_view>

namespace postrider::templates {

/// By Django's format letters, in English; a backslash keeps a letter from being one.
std::string format_time(const CivilTime& time, std::string_view format);

/// The format that a name such as `SHORT_DATE_FORMAT` stands for, else `format` itself.
std::string_view named_format(std::string_view format);

}  // namespace postrider::templates
