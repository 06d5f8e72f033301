#pragma once

#include "lib/inbound/media_download.h"

#include <chrono>
#include <optional>

namespace postrider {

/// How long to wait after a failure; nothing: it is over. `tries` so far, of a file that waits since
/// `queued`; `expire` is how long it may; `chance` in [0, 1) as of a Backoff. Pure.
std::optional<std::chrono::milliseconds> next_media_try(MediaFailure::Kind kind, int tries,
                                                        std::chrono::milliseconds waited,
                                                        std::chrono::milliseconds expire, double chance);

}  // namespace postrider
