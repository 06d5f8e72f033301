#pragma once

#include <string>

/// Parts of statements that are about many messages at once, in a CTE `wanted` with their ids.
namespace postrider {

/// From the lowest to the highest of them.
inline constexpr const char* span_of_wanted =
    "span as materialized (select min(message_id) as low, max(message_id) as high from wanted)";

/// SQL for whether `table` has rows of any message in the span. Most batches have none: asked once, it
/// spares a look for each of them.
inline std::string has_any(const std::string& table) {
    return "exists (select from " + table + " x, span where x.message_id between span.low and span.high)";
}

}  // namespace postrider
