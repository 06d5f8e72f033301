#pragma once

#include "lib/async/clock.h"
#include "lib/inbound/receiver.h"
#include "lib/model/suppression.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// A person's message as its row will have it: what is private is sealed where there is a key.
struct InboxMessage {
    std::string sender;
    std::string recipient;
    std::string text;
    std::string metadata;    ///< the text of a JSON object
    std::string lookup_key;  ///< of the sender
    std::vector<IncomingMedium> media{};
    std::vector<std::string> replies{};  ///< what it is answered with
    bool awaits_reply = false;  ///< its webhook is ready to wait for what an application says; not spooled

    bool operator==(const InboxMessage&) const = default;
};

/// A delivery report as its row will have it.
struct InboxReport {
    std::optional<AttemptId> attempt_id{};
    std::string idempotency_key{};  ///< a UUID, or ""
    int rank = 0;
    DeliveryState state = DeliveryState::under_way;
    std::string status{};
    std::string reason{};
    std::string metadata{};    ///< the text of a JSON object
    std::string acceptance{};  ///< the same

    bool operator==(const InboxReport&) const = default;
};

/// One thing that a provider has told us, ready to be kept: a message or a report, and what it says of
/// who may be written to.
struct InboxEntry {
    std::string transport;
    std::string channel;
    std::string event_key;  ///< the provider's name for it: of a report, for the request that it is about
    TimePoint received;
    std::optional<InboxMessage> message{};
    std::optional<InboxReport> report{};
    std::optional<SuppressionChange> suppression{};

    bool operator==(const InboxEntry&) const = default;
};

}  // namespace postrider
