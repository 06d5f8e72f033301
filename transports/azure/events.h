#pragma once

#include "lib/inbound/receiver.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Event Grid's deliveries, of either schema (Azure Communication Services, "SMS events").
namespace postrider::azure {

inline constexpr std::string_view subscription_validation = "Microsoft.EventGrid.SubscriptionValidationEvent";

struct Event {
    std::string type;
    std::string id;
    boost::json::object whole;  ///< as it came

    /// A text of its `data`, whatever case its key is in; "" if there is none.
    std::string text(std::string_view key) const;
};

/// The events of a body: an array of Event Grid's own, or one CloudEvent, or an array of these. nullopt for what
/// is neither.
std::optional<std::vector<Event>> read_events(std::string_view body);

/// A text that came in; nullopt for another event, or one that lacks what a message needs.
std::optional<IncomingMessage> message_of(const Event& event, const Sealer& sealer);

/// A delivery report; nullopt for another event.
std::optional<DeliveryReport> report_of(const Event& event, const Sealer& sealer);

}  // namespace postrider::azure
