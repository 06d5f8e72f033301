#pragma once

#include <string>
#include <string_view>

namespace postrider::email {

/// What a reader would see of HTML, roughly: without tags, scripts and styles, entities resolved, white space
/// as one blank, a line where a block ends. For mail that has no plain text. Total, and linear, for any bytes.
std::string text_of_html(std::string_view html);

}  // namespace postrider::email
