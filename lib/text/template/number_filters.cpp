#include "lib/text/template/filter.h"
#include "lib/text/template/number_text.h"
#include "lib/text/template/python_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

// Filters that calculate.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

std::optional<Decimal> decimal_of(const Value& value) {
    if (const auto* const number = value.as<std::int64_t>()) return Decimal::read(std::to_string(*number));
    const auto number = value.to_float();
    if (!number) return std::nullopt;
    return Decimal::read(float_text(*number));
}

/// With a comma between thousands.
std::string grouped(std::string number) {
    const std::size_t begin = number.starts_with('-') ? 1 : 0;
    std::size_t at = std::min(number.find('.'), number.size());
    while (at > begin + 3) {
        at -= 3;
        number.insert(at, ",");
    }
    return number;
}

/// Rounded to so many places; a negative number of them shows none where there is nothing behind the
/// point.
Value floatformat(const FilterInput& input) {
    constexpr int digits_max = 200;  // Django's own limit
    const auto decimal = decimal_of(input.value());
    if (!decimal) return "";
    std::optional<std::int64_t> places = -1;
    bool groups = false;
    if (input.argument() && input.argument()->as_text()) {
        std::string argument = input.argument_text();
        groups = argument.ends_with('g');
        if (groups) argument.pop_back();
        if (!groups || !argument.empty()) places = Value(argument).to_int();
    } else if (input.argument()) {
        places = input.argument_number();
    }
    if (!places) return python_text(input.value());
    if (static_cast<int>(decimal->digits.size()) + std::abs(decimal->point) > digits_max) {
        return python_text(input.value());
    }
    if (*places < -digits_max || *places > digits_max) input.refuse("has too many places");
    const bool leave_out = *places < 0 && decimal->is_whole();
    Decimal rounded = decimal->rounded(leave_out ? 0 : std::abs(static_cast<int>(*places)));
    if (rounded.digits.find_first_not_of('0') == std::string::npos) rounded.negative = false;
    const std::string plain = rounded.plain();
    return Value(groups ? grouped(plain) : plain, true);
}

/// Numbers, or what can be read as such; else texts and lists.
Value add(const FilterInput& input) {
    const Value& a = input.value();
    const Value& b = *input.argument();
    const auto left = a.to_int();
    const auto right = b.to_int();
    if (left && right) {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(*left, *right, &sum)) input.refuse("makes too large a number");
        return sum;
    }
    if (a.as_text() && b.as_text()) {
        return Value(input.text() + input.argument_text(), a.as_text()->safe && b.as_text()->safe);
    }
    if (!a.is_list() || !b.is_list()) return "";
    input.scope().pay(a.deep_weight() + b.deep_weight());
    auto items = a.items();
    auto more = b.items();
    items->insert(items->end(), more->begin(), more->end());
    return *std::move(items);
}

Value divisibleby(const FilterInput& input) {
    const auto number = input.value().to_int();
    const auto divisor = input.argument()->to_int();
    if (!number || !divisor || *divisor == 0) input.refuse("needs two whole numbers, and no zero");
    return *divisor == -1 || *number % *divisor == 0;
}

constexpr std::array filters{
    Filter{"floatformat", Argument::optional, Safety::kept, floatformat},
    Filter{"add", Argument::required, Safety::lost, add},
    Filter{"divisibleby", Argument::required, Safety::lost, divisibleby},
};

}  // namespace

std::span<const Filter> number_filters() { return filters; }

}  // namespace postrider::templates
