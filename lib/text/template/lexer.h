#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// A piece of a template. It refers to the template's text.
struct Token {
    enum class Kind { text, variable, tag };

    Kind kind;
    std::string_view content;  ///< between the braces, without white space at its ends
    std::size_t line;          ///< on which it begins
};

/// Comments (`{# … #}`) are left out, and what stands in `{% verbatim %}` is text. Braces that are not
/// closed on their line are text too.
std::vector<Token> read_tokens(std::string_view text);

}  // namespace postrider::templates
