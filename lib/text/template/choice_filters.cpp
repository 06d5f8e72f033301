#include "lib/text/template/filter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

// Filters that choose what is shown.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

std::vector<std::string> split_at_comma(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

Value or_default(const FilterInput& input) {
    return input.value().is_true() ? input.value() : *input.argument();
}

Value default_if_none(const FilterInput& input) {
    return input.value().is_none() ? *input.argument() : input.value();
}

/// Whether there is one; nullopt where that cannot be told.
std::optional<bool> is_one(const Value& value) {
    if (const auto number = value.to_float()) return *number == 1;
    if (value.as_text()) return std::nullopt;
    const auto length = value.length();
    return length ? std::optional(*length == 1) : std::nullopt;
}

Value pluralize(const FilterInput& input) {
    std::vector<std::string> endings = split_at_comma(input.argument() ? input.argument_text() : "s");
    if (endings.size() == 1) endings.insert(endings.begin(), std::string());  // of one, nothing
    const auto one = is_one(input.value());
    if (endings.size() > 2 || !one) return "";
    return *one ? endings[0] : endings[1];
}

Value yesno(const FilterInput& input) {
    const std::vector<std::string> words =
        split_at_comma(input.argument() ? input.argument_text() : "yes,no,maybe");
    if (words.size() < 2) return input.value();
    if (input.value().is_none()) return words.size() == 3 ? words[2] : words[1];
    return input.value().is_true() ? words[0] : words[1];
}

constexpr std::array filters{
    Filter{"default", Argument::required, Safety::lost, or_default},
    Filter{"default_if_none", Argument::required, Safety::lost, default_if_none},
    Filter{"pluralize", Argument::optional, Safety::lost, pluralize},
    Filter{"yesno", Argument::optional, Safety::lost, yesno},
};

}  // namespace

std::span<const Filter> choice_filters() { return filters; }

}  // namespace postrider::templates
