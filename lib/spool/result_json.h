#pragma once

#include "lib/dispatch/outbox.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// A result as the spool keeps it. Without the row's version and metadata: they only save a read,
/// and the metadata may be private.
std::string to_json(const AttemptResult& result);

/// What `to_json` wrote; nullopt for anything else.
std::optional<AttemptResult> read_result_json(std::string_view text);

}  // namespace postrider
