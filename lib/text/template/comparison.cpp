#include "lib/text/template/comparison.h"

#include <boost/json/object.hpp>

#include <algorithm>

namespace postrider::templates {

namespace {

bool is_number(const Value& value) {
    return value.as<bool>() || value.as<std::int64_t>() || value.as<double>();
}

/// Both are numbers.
bool numbers_equal(const Value& a, const Value& b) {
    if (a.as<double>() || b.as<double>()) return a.to_float() == b.to_float();
    return a.to_int() == b.to_int();
}

bool numbers_less(const Value& a, const Value& b) {
    if (a.as<double>() || b.as<double>()) return *a.to_float() < *b.to_float();
    return *a.to_int() < *b.to_int();
}

bool objects_equal(const boost::json::object& a, const boost::json::object& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& member) {
               const auto* const other = b.if_contains(member.key());
               return other && equal(Value::from(member.value()), Value::from(*other));
           });
}

}  // namespace

bool equal(const Value& a, const Value& b) {
    if (is_number(a) && is_number(b)) return numbers_equal(a, b);
    if (a.as_text() && b.as_text()) return a.as_text()->text == b.as_text()->text;
    if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
    if (a.as_object() && b.as_object()) return objects_equal(*a.as_object(), *b.as_object());
    if (!a.is_list() || !b.is_list() || a.length() != b.length()) return false;
    const auto left = a.items();
    const auto right = b.items();
    return std::equal(left->begin(), left->end(), right->begin(), equal);
}

std::optional<bool> less(const Value& a, const Value& b) {
    if (is_number(a) && is_number(b)) return numbers_less(a, b);
    if (a.as_text() && b.as_text()) return a.as_text()->text < b.as_text()->text;  // as by code point
    if (!a.is_list() || !b.is_list()) return std::nullopt;
    const auto left = a.items();
    const auto right = b.items();
    const auto [l, r] = std::mismatch(left->begin(), left->end(), right->begin(), right->end(), equal);
    if (l == left->end() || r == right->end()) return l == left->end() && r != right->end();
    return less(*l, *r);
}

std::optional<bool> contains(const Value& whole, const Value& part) {
    if (whole.as_text()) {
        if (!part.as_text()) return std::nullopt;
        return whole.as_text()->text.find(part.as_text()->text) != std::string::npos;
    }
    if (const auto* const object = whole.as_object()) {
        return part.as_text() && object->contains(part.as_text()->text);
    }
    if (!whole.is_list()) return std::nullopt;
    const auto items = whole.items();
    return std::any_of(items->begin(), items->end(), [&](const Value& item) { return equal(item, part); });
}

}  // namespace postrider::templates
