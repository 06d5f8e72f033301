#pragma once

#include <string>

namespace postrider {

/// Whether an error is about what was to be written: bad data, a constraint, a limit, or what a trigger
/// raised. All else (a server that stops, a full disk, a deadlock, a missing right) passes or concerns
/// everything.
bool blames_content(const std::string& sqlstate);

}  // namespace postrider
