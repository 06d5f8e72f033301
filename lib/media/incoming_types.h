#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// What a file that came with a message is taken for.
struct JudgedType {
    std::string content_type;
    std::string extension;  ///< with its dot; empty: none is usual
    std::string refusal;    ///< why it is not taken at all; empty: it is
};

/// `declared`: what was said of the file, the most credible first; the first that says anything counts.
/// `detected`: what its bytes are (see file_type.h), which must agree: a picture may be another picture than
/// was said, and is then stored as what it is. Taken are pictures, sound, films, contact cards, appointments,
/// plain text and documents: nothing that a browser would run when the site shows it. Pure; total for any
/// texts.
JudgedType judge_type(const std::vector<std::string>& declared, const std::string& detected);

}  // namespace postrider
