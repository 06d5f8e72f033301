#include "lib/text/template/expression.h"

#include "lib/text/template/broken.h"
#include "lib/text/template/number_text.h"
#include "lib/text/template/words.h"
#include "lib/text/utf8.h"

#include <algorithm>

namespace postrider::templates {

namespace {

/// How many bytes of `text` are a string, also one marked for translation: `_("text")`.
std::size_t leading_constant(std::string_view text) {
    if (!text.starts_with("_(")) return leading_string(text);
    const std::size_t length = leading_string(text.substr(2));
    return length > 0 && text.substr(2 + length).starts_with(')') ? length + 3 : 0;
}

/// How many bytes of `text` are a path or a number.
std::size_t leading_path(std::string_view text) {
    std::size_t length = 0;
    for (;;) {
        const std::size_t word = leading_word(text.substr(length));
        const bool dot = text.substr(length + word).starts_with('.');
        length += word + (dot ? 1 : 0);
        if (!dot) break;
    }
    if (length > 0 || text.size() < 2 || (text[0] != '-' && text[0] != '+')) return length;
    const std::size_t end = std::min(text.find_first_not_of("0123456789.e", 1), text.size());
    const std::string_view number = text.substr(1, end - 1);
    const bool is_number = number.find_first_of("0123456789") <= (number.starts_with('.') ? 1u : 0u);
    return is_number ? end : 0;
}

std::size_t leading_operand(std::string_view text) {
    const std::size_t constant = leading_constant(text);
    return constant > 0 ? constant : leading_path(text);
}

std::optional<Value> read_number(std::string_view text) {
    if (text.find_first_of(".eE") == std::string_view::npos) {
        if (const auto number = read_int(text)) return Value(*number);
    } else if (!text.ends_with('.')) {
        if (const auto number = read_float(text)) return Value(*number);
    }
    return std::nullopt;
}

}  // namespace

Variable::Variable(std::string_view text) {
    literal_ = read_number(text);
    if (literal_) return;
    if (text.starts_with("_(") && text.ends_with(')')) text = text.substr(2, text.size() - 3);
    if (leading_string(text) > 0) {
        literal_ = Value(unquoted(text), true);
        return;
    }
    for (;;) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        path_.emplace_back(text.substr(0, dot));
        if (path_.back().starts_with('_')) throw Broken("the name of a variable begins with an underscore");
        if (dot == text.size()) break;
        text.remove_prefix(dot + 1);
    }
}

std::optional<Value> Variable::find(Scope& scope) const {
    scope.pay();
    if (literal_) return literal_;
    auto value = scope.find(path_[0]);
    for (std::size_t i = 1; value && i < path_.size(); ++i) {
        const bool reads_all =
            value->as_text() || path_[i] == "items" || path_[i] == "keys" || path_[i] == "values";
        scope.pay(reads_all ? value->deep_weight() : 0);
        value = value->member(path_[i]);
        scope.pay(value ? value->weight() : 0);
    }
    return value;
}

Expression::Expression(std::string_view text) {
    std::string_view rest = text;
    const std::size_t operand = leading_operand(rest);
    if (operand == 0) throw Broken("an expression that does not begin with a variable or a text");
    variable_.emplace(rest.substr(0, operand));
    rest.remove_prefix(operand);
    while (!rest.empty()) read_filter(rest);
}

void Expression::read_filter(std::string_view& rest) {
    std::string_view next = rest.substr(leading_space(rest));
    if (!next.starts_with('|')) throw Broken("an expression with something left over at its end");
    next.remove_prefix(1);
    next.remove_prefix(leading_space(next));
    const std::string_view name = next.substr(0, leading_word(next));
    if (name.empty()) throw Broken("an expression with something left over at its end");
    next.remove_prefix(name.size());
    const Filter* const filter = find_filter(name);
    if (!filter) throw Broken("unknown filter" + quoted_name(name));
    Call call{filter, std::nullopt};
    if (next.starts_with(':')) {
        next.remove_prefix(1);
        const std::size_t operand = leading_operand(next);
        if (operand == 0) throw Broken("no argument after the colon of filter" + quoted_name(name));
        call.argument.emplace(next.substr(0, operand));
        next.remove_prefix(operand);
    }
    if (call.argument && filter->argument == Filter::Argument::none) {
        throw Broken("filter" + quoted_name(name) + " takes no argument");
    }
    if (!call.argument && filter->argument == Filter::Argument::required) {
        throw Broken("filter" + quoted_name(name) + " needs an argument");
    }
    calls_.push_back(std::move(call));
    rest = next;
}

Value Expression::evaluate(Scope& scope, Missing missing) const {
    auto found = variable_->find(scope);
    Value value = found ? std::move(*found) : missing == Missing::none ? Value() : Value("");
    for (const Call& call : calls_) {
        std::optional<Value> argument;
        if (call.argument) {
            argument = call.argument->find(scope);
            if (!argument) {
                throw Broken("the argument of filter" + quoted_name(call.filter->name) + " is missing",
                             Broken::Kind::missing_argument);
            }
        }
        value = apply(*call.filter, value, argument ? &*argument : nullptr, scope);
    }
    return value;
}

}  // namespace postrider::templates
