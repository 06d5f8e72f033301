#pragma once

#include "lib/async/clock.h"
#include "lib/model/hash.h"
#include "lib/model/message.h"
#include "lib/model/private.h"

#include <cstdint>
#include <string>

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
    Address destination;
    Text text;
};

/// An attempt of which nobody knows how it ended, as the journal has it.
struct OpenAttempt {
    AttemptKey attempt;
    MessageId message_id = 0;
    std::string channel;
    Address destination;  ///< as the journal keeps it: encrypted when there is a key
    Hash content_hash{};
};

}  // namespace postrider
