#pragma once

#include "daemon/run/reception.h"
#include "lib/async/task_group.h"
#include "lib/config/config.h"
#include "lib/inbound/forwarder.h"
#include "lib/inbound/media_fetcher.h"
#include "lib/inbound/reply_desk.h"
#include "lib/inbound/report_applier.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What the way in is built on; all of it outlives it.
struct InboundParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Privacy& privacy;
    InboxStore& store;
    MediaFetchStore& media_store;
    ForwardStore& forward_store;
    HttpClient& http;
    BlockingPool& files;
    const MediaConfig& media;
    InboxSpool* spool = nullptr;
    std::function<void()> on_suppressions_changed;
    std::string phone_region;
    Metrics* metrics = nullptr;  ///< none: nothing is measured
};

/// The way in: the reception of webhooks, and what follows from what it has kept.
class Inbound {
public:
    explicit Inbound(InboundParts parts);

    void start();
    /// What has been taken in is kept before it comes back.
    Task<> stop();

    /// Those of the channels that take webhooks.
    void set_channels(const std::vector<ChannelConfig>& channels);
    /// Who is told of what comes in.
    void set_forward(std::vector<ForwardEndpoint> endpoints);
    Reception& reception() { return reception_; }

    std::vector<Check> checks() const;

private:
    InboxStore& store_;
    ReplyDesk replies_;
    Forwarder forwarder_;
    ReportApplier reports_;
    MediaFetcher media_;
    Reception reception_;
    TaskGroup tasks_;
};

}  // namespace postrider
