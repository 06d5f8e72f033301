#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace postrider {

/// Why a text is no template, or cannot be rendered, and where. Of the text it holds at most the name of a
/// tag or a filter.
struct TemplateFault {
    TemplateFault() = default;
    TemplateFault(std::string why, std::size_t where) : what(std::move(why)), line(where) {}

    std::string what;      ///< `unknown tag 'fi'`
    std::size_t line = 0;  ///< from 1

    /// `line 3: unknown tag 'fi'`
    std::string describe() const { return "line " + std::to_string(line) + ": " + what; }
};

}  // namespace postrider
