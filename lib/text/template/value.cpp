#include "lib/text/template/value.h"

#include "lib/text/template/letter_case.h"
#include "lib/text/template/number_text.h"
#include "lib/text/template/python_text.h"
#include "lib/text/template/words.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <charconv>
#include <limits>

namespace postrider::templates {

namespace json = boost::json;

namespace {

Value pair_of(Value first, Value second) { return Value::List{std::move(first), std::move(second)}; }

/// `forloop.counter` and so on.
std::optional<Value> member_of(const Loop& loop, std::string_view name) {
    const auto number = [](std::size_t n) { return Value(static_cast<std::int64_t>(n)); };
    if (name == "counter") return number(loop.index + 1);
    if (name == "counter0") return number(loop.index);
    if (name == "revcounter") return number(loop.count - loop.index);
    if (name == "revcounter0") return number(loop.count - loop.index - 1);
    if (name == "first") return Value(loop.index == 0);
    if (name == "last") return Value(loop.index + 1 == loop.count);
    if (name == "parentloop" && loop.parent) return Value(loop.parent);
    return std::nullopt;
}

/// A key, or one of Python's methods.
std::optional<Value> member_of(const json::object& object, std::string_view name) {
    if (const json::value* found = object.if_contains({name.data(), name.size()})) return Value::from(*found);
    if (name != "items" && name != "keys" && name != "values") return std::nullopt;
    Value::List members;
    for (const auto& [key, value] : object) {
        Value key_text{std::string(key)};
        members.push_back(name == "items"    ? pair_of(std::move(key_text), Value::from(value))
                          : name == "values" ? Value::from(value)
                                             : std::move(key_text));
    }
    return Value(std::move(members));
}

std::optional<Value> method_of(const std::string& text, std::string_view name) {
    if (name == "upper") return Value(to_upper(text));
    if (name == "lower") return Value(to_lower(text));
    if (name == "title") return Value(to_title(text));
    if (name == "strip") return Value(std::string(stripped(text)));
    return std::nullopt;
}

std::size_t json_weight(const json::value& value) {
    std::size_t sum = sizeof(Value);  // what it becomes
    if (const json::string* const text = value.if_string()) sum += text->size();
    if (const json::array* const array = value.if_array()) {
        for (const json::value& item : *array) sum += json_weight(item);
    } else if (const json::object* const object = value.if_object()) {
        for (const auto& member : *object) sum += member.key().size() + json_weight(member.value());
    }
    return sum;
}

std::optional<std::size_t> read_index(std::string_view name) {
    std::size_t index = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
    if (name.empty() || read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
    return index;
}

}  // namespace

Value Value::from(const json::value& value) {
    Value result;
    switch (value.kind()) {
        case json::kind::null: break;
        case json::kind::bool_: result.data_ = value.get_bool(); break;
        case json::kind::int64: result.data_ = value.get_int64(); break;
        case json::kind::uint64:
            if (value.get_uint64() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
                result.data_ = static_cast<std::int64_t>(value.get_uint64());
            } else {
                result.data_ = static_cast<double>(value.get_uint64());
            }
            break;
        case json::kind::double_: result.data_ = value.get_double(); break;
        case json::kind::string: result.data_ = Text{std::string(value.get_string()), false}; break;
        case json::kind::array: result.data_ = &value.get_array(); break;
        case json::kind::object: result.data_ = &value.get_object(); break;
    }
    return result;
}

const json::object* Value::as_object() const {
    const auto* const object = as<const json::object*>();
    return object ? *object : nullptr;
}

bool Value::is_list() const { return as<const json::array*>() || as<std::shared_ptr<const List>>(); }

bool Value::is_true() const {
    if (const auto* const value = as<bool>()) return *value;
    if (const auto* const value = as<std::int64_t>()) return *value != 0;
    if (const auto* const value = as<double>()) return *value != 0;
    if (const auto* const value = as_text()) return !value->text.empty();
    return as<const Loop*>() || length().value_or(0) > 0;
}

std::string Value::text() const { return as_text() ? as_text()->text : python_text(*this); }

std::string Value::shown() const {
    constexpr int digits_max = 200;  // Django's own limit
    const auto* const number = as<double>();
    if (!number) return text();
    const std::string written = float_text(*number);
    if (written.find('e') == std::string::npos) return written;
    const Decimal decimal = Decimal::read(written);
    return decimal.places + decimal.point > digits_max ? written : decimal.plain();
}

std::optional<std::int64_t> Value::to_int() const {
    if (const auto* const value = as<bool>()) return *value ? 1 : 0;
    if (const auto* const value = as<std::int64_t>()) return *value;
    if (const auto* const value = as<double>()) {
        constexpr double limit = 9.2e18;
        if (*value > -limit && *value < limit) return static_cast<std::int64_t>(*value);
    }
    if (const auto* const value = as_text()) return read_int(value->text);
    return std::nullopt;
}

std::optional<double> Value::to_float() const {
    if (const auto* const value = as<bool>()) return *value ? 1 : 0;
    if (const auto* const value = as<std::int64_t>()) return static_cast<double>(*value);
    if (const auto* const value = as<double>()) return *value;
    if (const auto* const value = as_text()) return read_float(value->text);
    return std::nullopt;
}

std::optional<std::size_t> Value::length() const {
    if (const auto* const value = as_text()) return count_code_points(value->text);
    if (const auto* const value = as<const json::array*>()) return (*value)->size();
    if (const auto* const value = as<const json::object*>()) return (*value)->size();
    if (const auto* const value = as<std::shared_ptr<const List>>()) return (*value)->size();
    return std::nullopt;
}

std::optional<Value::List> Value::items() const {
    List items;
    if (const auto* const value = as_text()) {
        for (const char32_t c : to_code_points(value->text)) items.emplace_back(to_utf8({&c, 1}));
    } else if (const auto* const array = as<const json::array*>()) {
        for (const json::value& item : **array) items.push_back(from(item));
    } else if (const json::object* const object = as_object()) {
        for (const auto& member : *object) items.emplace_back(std::string(member.key()));
    } else if (const auto* const list = as<std::shared_ptr<const List>>()) {
        items = **list;
    } else {
        return std::nullopt;
    }
    return items;
}

std::optional<Value> Value::at_index(std::size_t index) const {
    if (const auto* const array = as<const json::array*>()) {
        if (index < (*array)->size()) return from((**array)[index]);
    } else if (const auto* const list = as<std::shared_ptr<const List>>()) {
        if (index < (*list)->size()) return (**list)[index];
    } else if (const auto* const value = as_text()) {
        const std::u32string characters = to_code_points(value->text);
        if (index < characters.size()) return Value(to_utf8({&characters[index], 1}));
    }
    return std::nullopt;
}

std::optional<Value> Value::member(std::string_view name) const {
    if (const auto* const loop = as<const Loop*>()) return member_of(**loop, name);
    if (const json::object* const object = as_object()) return member_of(*object, name);
    if (const auto index = read_index(name)) return at_index(*index);
    return as_text() ? method_of(as_text()->text, name) : std::nullopt;
}

std::size_t Value::deep_weight() const {
    std::size_t sum = weight();
    if (const auto* const array = as<const json::array*>()) {
        for (const json::value& item : **array) sum += json_weight(item);
    } else if (const json::object* const object = as_object()) {
        for (const auto& member : *object) sum += member.key().size() + json_weight(member.value());
    } else if (const auto* const list = as<std::shared_ptr<const List>>()) {
        for (const Value& item : **list) sum += item.deep_weight();
    }
    return sum;
}

std::size_t Value::weight() const { return sizeof(Value) + (as_text() ? as_text()->text.size() : 0); }

}  // namespace postrider::templates
