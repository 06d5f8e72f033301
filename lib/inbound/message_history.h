#pragma once

#include "lib/async/clock.h"
#include "lib/inbound/receiver.h"

#include <string>
#include <vector>

namespace postrider {

/// A message that a provider's records have, from or to the number of one channel.
struct PastMessage {
    TimePoint created{};  ///< by the provider's clock, perhaps to the second only
    bool is_incoming = false;
    /// Whichever way it went, `sender` is whoever sent it. Its metadata are those that its row is to have; what is
    /// private in them has been sealed.
    IncomingMessage message;
    std::size_t media_count = 0;
    /// Of an outgoing one: why it did not arrive, in our words; empty: nothing is known against it.
    std::string failure{};
};

/// What a provider's own records have of messages both ways.
class MessageHistory {
public:
    virtual ~MessageHistory() = default;
    /// Those that were created since then, the oldest first. Throws std::runtime_error if they cannot be had now, or
    /// are too many.
    virtual Task<std::vector<PastMessage>> messages_since(TimePoint since, const Sealer& sealer) = 0;
    /// The files of one that came in; the same throws.
    virtual Task<std::vector<IncomingMedium>> media_of(std::string provider_id) = 0;
};

}  // namespace postrider
