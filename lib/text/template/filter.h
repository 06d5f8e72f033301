#pragma once

#include "lib/text/template/scope.h"
#include "lib/text/template/value.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postrider::templates {

/// What a filter is given.
class FilterInput {
public:
    FilterInput(std::string_view filter, const Value& value, const Value* argument, Scope& scope)
        : filter_(filter), value_(value), argument_(argument), scope_(scope) {}

    const Value& value() const { return value_; }
    /// As text, whatever it is.
    std::string text() const;
    bool is_safe() const { return value_.as_text() && value_.as_text()->safe; }
    /// Null only where an argument may be left out.
    const Value* argument() const { return argument_; }
    std::string argument_text() const;
    /// nullopt for a text that is no number; refuses what is neither.
    std::optional<std::int64_t> argument_number() const;
    Scope& scope() const { return scope_; }
    /// Why the filter cannot be used: `filter 'first' cannot be used on this value`.
    [[noreturn]] void refuse(std::string_view why) const;

private:
    std::string_view filter_;
    const Value& value_;
    const Value* argument_;
    Scope& scope_;
};

struct Filter {
    enum class Argument { none, optional, required };
    /// Whether what is safe in HTML stays so.
    enum class Safety { lost, kept };

    std::string_view name;
    Argument argument;
    Safety safety;
    Value (*apply)(const FilterInput& input);
};

/// Null if there is none of this name.
const Filter* find_filter(std::string_view name);

/// Throws Broken.
Value apply(const Filter& filter, const Value& value, const Value* argument, Scope& scope);

// The filters, by what they are for.
std::span<const Filter> text_filters();
std::span<const Filter> shortening_filters();
std::span<const Filter> list_filters();
std::span<const Filter> number_filters();
std::span<const Filter> choice_filters();
std::span<const Filter> markup_filters();
std::span<const Filter> time_filters();

}  // namespace postrider::templates
