#pragma once

#include "lib/async/clock.h"
#include "lib/model/hash.h"
#include "lib/model/outcome.h"
#include "lib/model/private.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

/// A provider request that is made again under the same idempotency key, for the provider to tell
/// whether it has accepted the first.
struct RepeatedKey {
    std::string idempotency_key;  ///< a UUID
    TimePoint first_sent;         ///< when the first try with it was journaled
};

/// What the journal says of the last time that a message came to its end, sent or given up. A row
/// that waits all the same was reset by an operator, or overwritten by somebody who saved what he
/// had read before, or is a new message under an old id.
struct JournaledEnd {
    std::int64_t attempt_id = 0;
    int part = 1;  ///< 0: of none; the message was cancelled as a whole
    bool given_up = false;
    TimePoint send_date;  ///< of the row then
    TimePoint ended;
    Hash content_hash{};           ///< of that part; of the whole text, if of none; zeros: not known
    std::vector<Hash> accepted{};  ///< of a message given up: of its parts that had been accepted
    Verdict verdict = Verdict::sent;
    std::string reason;
    std::string provider_id;
    std::string metadata;  ///< the keys that its outcome brought, as the text of a JSON object
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
    bool has_lookup_key = false;
    /// Changes whenever anybody writes the row; compared for equality only.
    std::string row_version;
    int media_count = 0;
    /// Declared complete, by `postrider.ready` or `postrider.enqueue`: needs no settling.
    bool ready = false;
    /// An attempt is journaled and has not ended: being sent, or in doubt. Nobody else may send.
    bool attempt_open = false;
    /// Since when that attempt is in doubt, if it is.
    std::optional<TimePoint> doubt_since;
    /// Attempts that have ended without success, and when the next may be made.
    int failed_attempts = 0;
    std::optional<TimePoint> retry_at;
    /// When an operator asked for it to be tried again: its time to expire counts from then.
    std::optional<TimePoint> retried;
    /// Parts before this one have been accepted.
    int next_part = 1;
    /// Of the last of them: the keys that its outcome brought, as the text of a JSON object.
    std::string part_metadata;
    std::optional<RepeatedKey> repeated_key;
    /// The attempt that the six above are as of; 0: none yet.
    std::int64_t last_attempt = 0;
    /// Looked up only for rows that are read by their ids.
    std::optional<JournaledEnd> journaled_end;
};

}  // namespace postrider
