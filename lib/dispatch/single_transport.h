#pragma once

#include "lib/dispatch/transport.h"

#include <vector>

namespace postrider {

/// A transport whose provider takes one request a call.
class SingleTransport : public Transport {
public:
    std::size_t batch_max() const final { return 1; }

    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) final {
        std::vector<Outcome> outcomes;
        for (const PreparedRequest& request : requests) {
            Outcome outcome = co_await send_one(request, permit);
            outcomes.push_back(std::move(outcome));
        }
        co_return outcomes;
    }

protected:
    /// As `send`, of one. Both outlive the await.
    virtual Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) = 0;
};

}  // namespace postrider
