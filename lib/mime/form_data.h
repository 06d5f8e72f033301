#pragma once

#include "lib/net/form.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A file in a form, as it was before it was encoded.
struct FormFile {
    std::string field;
    std::string name;  ///< as its sender wrote it: in no way to be trusted; may be empty
    std::string content_type;
    std::string bytes;
};

/// A form with files (RFC 7578); both in their order.
struct FormData {
    FormFields fields;
    std::vector<FormFile> files;
};

/// Whether a Content-Type says that its body is such a form.
bool is_form_data(std::string_view content_type);

/// Total. Nothing for what is no sound form: without its boundary or its end, with a part that has no name or
/// holds parts of its own, or with more than 200 parts. Bytes are taken as they are.
std::optional<FormData> parse_form_data(std::string_view content_type, std::string_view body);

}  // namespace postrider
