#pragma once

#include "lib/text/template/value.h"

#include <optional>

namespace postrider::templates {

/// Python's `==`: `1`, `1.0` and `True` are equal.
bool equal(const Value& a, const Value& b);

/// Python's `<`; nullopt for what has no order.
std::optional<bool> less(const Value& a, const Value& b);

/// Python's `in`; nullopt where nothing can be in.
std::optional<bool> contains(const Value& whole, const Value& part);

}  // namespace postrider::templates
