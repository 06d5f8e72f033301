#include "lib/text/template/filter.h"

#include <array>

// Filters on what has items.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

Value::List items_of(const FilterInput& input) {
    input.scope().pay(input.value().deep_weight());
    return input.value().items().value_or(Value::List());
}

Value length(const FilterInput& input) {
    input.scope().pay(input.value().weight());
    return static_cast<std::int64_t>(input.value().length().value_or(0));
}

/// The first or last item, empty of an empty list.
Value at_end(const FilterInput& input, bool first) {
    if (!input.value().is_list() && !input.value().as_text()) input.refuse("needs a list or a text");
    const Value::List items = items_of(input);
    if (items.empty()) return "";
    return first ? items.front() : items.back();
}

Value join(const FilterInput& input) {
    if (!input.value().length()) return input.value();
    const bool escapes = input.scope().escapes();
    const auto escaped = [&](const Value& value) {
        input.scope().pay(value.deep_weight());
        const bool safe = value.as_text() && value.as_text()->safe;
        return escapes && !safe ? escape_html(value.text()) : value.text();
    };
    const std::string separator = escaped(*input.argument());
    std::string joined;
    bool first = true;
    for (const Value& item : items_of(input)) {
        if (!first) joined += separator;
        first = false;
        joined += escaped(item);
        input.scope().check_length(joined.size());
    }
    return Value(joined, true);
}

constexpr std::array filters{
    Filter{"length", Argument::none, Safety::lost, length},
    Filter{"first", Argument::none, Safety::lost, [](const FilterInput& i) { return at_end(i, true); }},
    Filter{"last", Argument::none, Safety::kept, [](const FilterInput& i) { return at_end(i, false); }},
    Filter{"join", Argument::required, Safety::kept, join},
};

}  // namespace

std::span<const Filter> list_filters() { return filters; }

}  // namespace postrider::templates
