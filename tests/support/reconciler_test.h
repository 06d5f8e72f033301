#pragma once

#include "tests/support/daemon_in_memory.h"

#include <chrono>
#include <string>
#include <utility>

namespace postrider::testing {

/// The lease of a daemon that ended, and the time-out of its request.
inline constexpr std::chrono::seconds request_max{25};

struct ReconcilerTest : DaemonTest {
    /// A message of which a daemon that is dead by now left an attempt open.
    MessageId left_open(std::string text = "m", std::string to = "a", std::string on = "sms") {
        database.daemons[99] = {true, false, TimePoint::min(), clock.now()};
        const MessageId id = insert(text, to);
        const Address address(to);
        ClaimRequest request;
        request.message_id = id;
        request.channel = on;
        request.conversation = privacy.hash()("conversation:" + on, to);
        request.shard = request.conversation[0] % shards_max;
        request.content_hash = privacy.content(address, Text(text));
        request.destination = std::move(to);
        request.idempotency_key = "theirs";
        database.open[id] = {1000 + id, 99, request, clock.now(), clock.now(), row(id).send_date};
        return id;
    }
    /// What the provider's list says.
    void provider_knows(const std::string& provider_id, const std::string& text,
                        std::chrono::seconds ago = {}) {
        provider().lists_records = true;
        provider().known.push_back({provider_id, clock.now() - ago, Text(text), {{"sid", {provider_id}}}});
    }
    void provider_knows_nothing() { provider().lists_records = true; }
    std::string metadata(MessageId id) { return row(id).metadata.value_or(""); }
    const Check in_doubt() { return daemons[0].dispatcher.checks().back(); }

    Privacy privacy{std::nullopt, Secret("salt")};
};

}  // namespace postrider::testing
