#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::testing {

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// The fields of an application/x-www-form-urlencoded text, in order; nullopt unless every byte is as the
/// form's rules want it and the values are UTF-8.
std::optional<FormFields> parse_form(std::string_view text);

/// The value of the first field of that name, or "".
std::string field_value(const FormFields& fields, std::string_view name);

/// Well-formed as RFC 3629 has it: no overlong forms, no surrogates.
bool is_utf8(std::string_view bytes);

/// Code points of UTF-8.
std::size_t characters(std::string_view utf8);

/// Everything but letters, digits and `-_.` as `%XX`.
std::string percent_encoded(std::string_view text);

}  // namespace postrider::testing
