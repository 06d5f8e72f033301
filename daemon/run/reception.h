#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/task_group.h"
#include "lib/config/config.h"
#include "lib/inbound/blocked_senders.h"
#include "lib/inbound/inbox.h"
#include "lib/inbound/reply_desk.h"
#include "lib/inbound/webhook_intake.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace postrider {

/// What the reception is built on; all of it outlives it.
struct ReceptionParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Privacy& privacy;
    InboxStore& store;
    ReplyDesk& replies;
    BlockingPool& files;
    std::filesystem::path media_root;
    std::string phone_region;
    InboxSpool* spool = nullptr;
    Metrics* metrics = nullptr;       ///< none: nothing is measured
    std::function<void()> on_stored;  ///< something has come into the database
};

/// Webhooks, from their path until they are kept and answered.
class Reception {
public:
    explicit Reception(ReceptionParts parts);

    void start();
    /// What has been taken in is kept before it comes back.
    Task<> stop();

    /// Those of the channels that take webhooks.
    void set_channels(const std::vector<ChannelConfig>& channels);
    /// How the outside world reaches us, and who may speak for others.
    void set_listen(const ListenConfig& listen) { listen_ = listen; }

    static bool concerns(const ServerRequest& request, const std::string& public_url);
    Task<ServerAnswer> answer(ServerRequest request);

    std::vector<Check> checks() const { return {intake_.check(), inbox_.check()}; }

private:
    Task<> blocked_are_asked();

    ListenConfig listen_;
    BlockedSenders blocked_;
    Inbox inbox_;
    WebhookIntake intake_;
    TaskGroup tasks_;
};

}  // namespace postrider
