#pragma once

#include <string>

namespace postrider {

/// A moment as PostgreSQL reads it, of what somebody wrote: `2h` is two hours ago, all else stays as it is.
std::string moment_of(const std::string& text);

}  // namespace postrider
