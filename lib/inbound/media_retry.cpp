#include "lib/inbound/media_retry.h"

#include "lib/schedule/backoff.h"

#include <algorithm>

namespace postrider {

namespace {

using namespace std::chrono_literals;

constexpr Backoff backoff{2s, 15min};
constexpr std::chrono::milliseconds wait_min = 500ms;
/// For how long a provider may not know yet of what it has announced.
constexpr std::chrono::milliseconds missing_max = 10min;
/// A disk that is full is looked at more often than a provider that fails: nobody else is troubled.
constexpr std::chrono::milliseconds ours_max = 1min;

}  // namespace

std::optional<std::chrono::milliseconds> next_media_try(MediaFailure::Kind kind, int tries,
                                                        std::chrono::milliseconds waited,
                                                        std::chrono::milliseconds expire, double chance) {
    if (kind == MediaFailure::Kind::final) return std::nullopt;
    const auto wait = std::max(wait_min, wait_after(backoff, tries, chance));
    if (kind == MediaFailure::Kind::ours) return std::min(wait, ours_max);
    const auto left = (kind == MediaFailure::Kind::missing ? std::min(expire, missing_max) : expire) - waited;
    if (left <= 0ms) return std::nullopt;
    return std::min(wait, left);  // the last try is at the end
}

}  // namespace postrider
