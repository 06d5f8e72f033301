#include "lib/text/template/filter.h"

#include "lib/text/template/broken.h"
#include "lib/text/template/words.h"

namespace postrider::templates {

std::string FilterInput::text() const {
    scope_.pay(value_.deep_weight());
    return value_.text();
}

std::string FilterInput::argument_text() const {
    scope_.pay(argument_->deep_weight());
    return argument_->text();
}

std::optional<std::int64_t> FilterInput::argument_number() const {
    const auto number = argument_->to_int();
    if (!number && !argument_->as_text()) refuse("needs a number as its argument");
    return number;
}

void FilterInput::refuse(std::string_view why) const {
    throw Broken("filter" + quoted_name(filter_) + " " + std::string(why));
}

const Filter* find_filter(std::string_view name) {
    for (const auto filters : {text_filters(), shortening_filters(), list_filters(), number_filters(),
                               choice_filters(), markup_filters(), time_filters()}) {
        for (const Filter& filter : filters) {
            if (filter.name == name) return &filter;
        }
    }
    return nullptr;
}

Value apply(const Filter& filter, const Value& value, const Value* argument, Scope& scope) {
    const FilterInput input(filter.name, value, argument, scope);
    Value result = filter.apply(input);
    scope.pay(result.weight());
    const auto* const text = result.as_text();
    if (!text) return result;
    scope.check_length(text->text.size());
    const bool stays_safe = filter.safety == Filter::Safety::kept && input.is_safe();
    return stays_safe ? Value(text->text, true) : result;
}

}  // namespace postrider::templates
