#pragma once

#include "lib/async/clock.h"
#include "lib/model/private.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace postrider {

/// No channel takes a longer text.
inline constexpr int text_bytes_max = 1 << 20;

/// `id` of a row of simple_messaging_outgoingmessage.
using MessageId = std::int64_t;

/// The order in which messages leave (guarantee G3).
struct MessageKey {
    TimePoint send_date = TimePoint::min();
    MessageId id = 0;

    auto operator<=>(const MessageKey&) const = default;
};

/// A row that waits to be sent, as stored: destination and text may be encrypted (`secret:…`).
struct OutgoingMessage {
    MessageKey key;
    Address destination;
    Text text;
    /// Above text_bytes_max: it was not read, since a window of such would not fit into memory.
    bool text_too_large = false;
    /// The column's own text: NULL, empty and what is not JSON are all possible.
    std::optional<std::string> transmission_metadata;
    /// Changes whenever anybody writes the row; compared for equality only.
    std::string row_version;
    int media_count = 0;
    /// Declared complete, by `postrider.ready` or `postrider.enqueue`: needs no settling.
    bool ready = false;
    /// An attempt is journaled and has not ended: nobody else may send.
    bool attempt_open = false;
    /// Attempts that have ended without success, and when the next may be made.
    int failed_attempts = 0;
    std::optional<TimePoint> retry_at;
};

}  // namespace postrider
