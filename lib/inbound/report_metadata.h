#pragma once

#include "lib/async/clock.h"
#include "lib/inbound/receiver.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What is known of the delivery of one part of a message.
struct PartReport {
    int part = 1;
    int rank = 0;
    DeliveryState state = DeliveryState::under_way;
    std::string status;
    std::string reason;
    std::string metadata;  ///< the text of a JSON object
    TimePoint reported;
};

/// The report that stands for a message of so many parts: one that failed, else the one that is least far.
/// Nothing as long as there is none of some part.
std::optional<PartReport> decisive_report(const std::vector<PartReport>& reports, int parts);

/// A row's metadata with what a report says: the provider's keys, `delivery` within ours, and, of a failure,
/// `error`. Keys of others stay byte for byte.
std::string metadata_with_report(const std::optional<std::string>& before, const PartReport& report);

}  // namespace postrider
