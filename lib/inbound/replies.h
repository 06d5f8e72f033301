#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// What a channel answers at once, by keyword.
class Replies {
public:
    Replies() = default;
    /// `by_keyword`: in any letter case; `*` is for all texts that have none of the others.
    explicit Replies(const std::map<std::string, std::string>& by_keyword);

    /// The answer to a text: its keyword is all that it says, but for blanks and punctuation around it.
    /// With `named_only`, not that of `*`.
    std::optional<std::string> to(std::string_view text, bool named_only = false) const;

private:
    std::map<std::string, std::string> by_keyword_;  // in small letters
};

}  // namespace postrider
