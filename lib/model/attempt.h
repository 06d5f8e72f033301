#pragma once

#include "lib/async/clock.h"
#include "lib/model/hash.h"
#include "lib/model/media.h"
#include "lib/model/message.h"
#include "lib/model/private.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

using AttemptId = std::int64_t;
using DaemonId = std::int64_t;

/// What names one try of one provider request, from the journal to the provider and back.
struct AttemptKey {
    AttemptId id = 0;
    /// A UUID, the same whenever this request is made again; committed before the first try.
    std::string idempotency_key;
    /// When the first try with this idempotency key was journaled.
    TimePoint first_sent;
};

/// A request as a transport gets it: all in the clear, rendered, and within the transport's limits.
struct PreparedRequest {
    AttemptKey attempt;
    MessageKey message;
    /// Names the request where others see it, and tells them nothing: 32 hexadecimal digits, the same
    /// whenever the message, or this part of it, is tried. For transports that want it.
    std::string token;
    Address destination;
    Text text;
    bool text_is_medium = false;  ///< the whole text, and so for its transport (Transport::is_medium)
    std::vector<MediaFile> media;
    /// The message's transmission_metadata as its row has it: NULL, empty and what is no JSON are possible.
    /// For transports that want it.
    std::optional<std::string> metadata;
    int part = 1;  ///< of `parts`; 0: of none, it is not to be sent
    int parts = 1;
};

/// An attempt in doubt, as the journal has it: nobody knows whether the provider accepted it.
struct Doubt {
    AttemptKey attempt;
    MessageKey message;  ///< with the row's send date when it was claimed
    int part = 1;
    int parts = 1;
    std::string channel;
    ConversationId conversation{};
    Address destination;  ///< as the journal keeps it: encrypted when there is a key
    Hash content_hash{};
    std::string reason;
    TimePoint since;
    /// From then on the request cannot reach the provider any more: its daemon's lease, and the
    /// time-out of the request, are over.
    TimePoint over;
    int failed_attempts = 0;  ///< of its message, before this one
};

}  // namespace postrider
