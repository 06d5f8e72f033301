#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace postrider::testing {

/// How long a test waits for what must come; only a failure waits that long.
constexpr std::chrono::seconds patience{30};

/// Whether `holds` came to hold in time; asked every few milliseconds.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit = patience);

}  // namespace postrider::testing
