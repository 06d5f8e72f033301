#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

/// Appends `name=value` to an application/x-www-form-urlencoded body (WHATWG URL § 5.2), with `&` before it
/// where it is not the first. Bytes are taken as they are: UTF-8 stays UTF-8.
void append_form_field(std::string& form, std::string_view name, std::string_view value);

/// The fields of an application/x-www-form-urlencoded body, or of a query, decoded, in their order (WHATWG URL
/// § 5.1). Total: a `%` that begins no escape stands for itself.
using FormFields = std::vector<std::pair<std::string, std::string>>;
FormFields parse_form(std::string_view form);

/// The first of that name; nullopt if there is none.
std::optional<std::string_view> find_field(const FormFields& fields, std::string_view name);

}  // namespace postrider
