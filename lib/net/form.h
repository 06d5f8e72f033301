#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// Appends `name=value` to an application/x-www-form-urlencoded body (WHATWG URL § 5.2), with `&` before it
/// where it is not the first. Bytes are taken as they are: UTF-8 stays UTF-8.
void append_form_field(std::string& form, std::string_view name, std::string_view value);

}  // namespace postrider
