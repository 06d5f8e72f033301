#pragma once

#include "lib/inbound/history_store.h"
#include "lib/inbound/message_history.h"
#include "lib/inbound/webhook_intake.h"

#include <cstddef>
#include <string>
#include <vector>

namespace postrider {

/// What came of a comparison.
struct SyncReport {
    std::size_t listed = 0;    ///< by the provider, of this channel
    std::size_t recent = 0;    ///< so late that they may still be on their way to us: left for the next time
    std::size_t incoming = 0;  ///< were missing, and were added
    std::size_t outgoing = 0;
    std::size_t blocked = 0;  ///< of blocked senders, or not to be stored: an address is too long
    std::size_t left = 0;     ///< may be what an attempt in doubt has sent
};

/// Adds to our rows what a provider's records have beyond them: webhooks that never came, and what was sent by others.
class HistorySync {
public:
    struct Parts {
        Clock& clock;
        Privacy& privacy;
        WebhookIntake& intake;
        HistoryStore& store;
        std::string phone_region;
    };
    explicit HistorySync(Parts parts) : parts_(std::move(parts)) {}

    /// Of one channel, since then. Throws std::runtime_error if the records cannot be had or the rows not be written;
    /// what was added by then stays. Loop thread only.
    Task<SyncReport> sync(InboundChannel channel, MessageHistory& history, TimePoint since);

private:
    Task<> add_incoming(const InboundChannel& channel, MessageHistory& history, PastMessage past,
                        SyncReport& report);
    SentElsewhere row_of(const InboundChannel& channel, const PastMessage& past) const;
    void mark_outdated(std::vector<PastMessage>& messages) const;

    Parts parts_;
};

}  // namespace postrider
