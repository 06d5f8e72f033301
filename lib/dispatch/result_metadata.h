#pragma once

#include "lib/dispatch/outbox.h"

#include <optional>
#include <string>

namespace postrider {

/// The metadata of a message whose attempt has ended: what was there, byte for byte, with the
/// outcome's keys and our own `postrider`.
std::string metadata_after(const AttemptResult& result, const std::optional<std::string>& before);

}  // namespace postrider
