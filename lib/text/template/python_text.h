#pragma once

#include "lib/text/template/value.h"

#include <string>

namespace postrider::templates {

/// Python's `repr`: what a template shows of a list or an object, and texts in quotes.
std::string python_text(const Value& value);

}  // namespace postrider::templates
