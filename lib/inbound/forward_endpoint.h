#pragma once

#include "lib/inbound/forward_store.h"
#include "lib/net/signed_post.h"

#include <chrono>
#include <string>
#include <vector>

namespace postrider {

/// An application that is told of what comes in, and how.
struct ForwardEndpoint {
    std::string name;  ///< unique; rows know it by that
    WebhookEndpoint to;
    bool received = true;  ///< is told of incoming messages
    bool reports = false;  ///< is told of delivery reports
    /// For how long a webhook that brought a message waits for what the application says to it; zero: it does not.
    std::chrono::milliseconds reply_within{0};
    bool waits_for_media = true;   ///< a message is told of once its files are stored, or have failed
    std::size_t concurrency = 16;  ///< webhooks at once, of one daemon
    std::chrono::milliseconds timeout = std::chrono::seconds{15};
    std::chrono::milliseconds retry_first = std::chrono::seconds{5};
    std::chrono::milliseconds expire_after = std::chrono::hours{3 * 24};  ///< when it is given up
};

/// For whom an inbox keeps what.
inline ForwardTargets forward_targets(const std::vector<ForwardEndpoint>& endpoints) {
    ForwardTargets targets;
    for (const ForwardEndpoint& each : endpoints) {
        if (each.received) targets.received.push_back(each.name);
        if (each.reports) targets.reports.push_back(each.name);
    }
    return targets;
}

}  // namespace postrider
