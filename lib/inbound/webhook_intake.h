#pragma once

#include "lib/dispatch/privacy.h"
#include "lib/health/check.h"
#include "lib/health/metrics.h"
#include "lib/inbound/blocked_senders.h"
#include "lib/inbound/inbox.h"
#include "lib/inbound/replies.h"
#include "lib/inbound/reply_desk.h"
#include "lib/model/channel.h"
#include "lib/schedule/random.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// By the installation's key. `privacy` outlives it.
std::unique_ptr<Sealer> make_sealer(const Privacy& privacy);

/// Keeps the files of a message, which is known by that name, and tells where: safe on the disk when it comes
/// back. Throws where it cannot.
using FileKeeper =
    std::function<Task<std::vector<IncomingMedium>>(std::string message, std::vector<AttachedFile> files)>;

/// A channel that takes webhooks.
struct InboundChannel {
    std::string name;
    std::string transport;
    bool is_default = false;
    OptOutScope opt_out = OptOutScope::channel;
    Replies replies;
    std::shared_ptr<const Receiver> receiver;  ///< none where only `take` is used
};

/// Takes webhooks: finds the channel that each is for, has it read there, keeps what it says, and answers
/// once that is safe. Loop thread only.
class WebhookIntake {
public:
    struct Parts {
        Clock& clock;
        Privacy& privacy;
        Inbox& inbox;
        const BlockedSenders& blocked;
        Random& random;
        ReplyDesk& replies;
        std::string phone_region;    ///< is_phone_region
        FileKeeper keep_files{};     ///< without it, no message has files
        Metrics* metrics = nullptr;  ///< none: nothing is measured
    };
    explicit WebhookIntake(Parts parts) : parts_(std::move(parts)) {}

    void set_channels(std::vector<InboundChannel> channels);

    /// `channel`: the one that the path names; of several that may be meant without one, it is the one whose
    /// number is addressed, the last of these, as the Django package has it; else the default one, else the
    /// first. Never throws for what came in.
    Task<ServerAnswer> answer(Webhook webhook, std::optional<std::string> channel);

    /// What became of a reading.
    struct Taken {
        bool safe = false;     ///< all that fits is on a disk
        bool unfit = false;    ///< nothing in it fits into a row
        bool refused = false;  ///< the database refuses some of it for what is in it, however often it comes
        std::vector<KeptEntry> kept{};
    };
    /// The same for what did not come by a webhook: mail that a mail server hands over.
    Task<Taken> take(const InboundChannel& channel, WebhookReading reading);

    Check check() const;

private:
    struct Counts {
        std::uint64_t messages = 0;
        std::uint64_t reports = 0;
        std::uint64_t repeated = 0;
        std::uint64_t blocked = 0;
        std::uint64_t refused = 0;
        std::uint64_t broken = 0;
        std::uint64_t unsafe = 0;
        /// When one was refused last, and when one was proved to be the provider's.
        TimePoint last_refused = TimePoint::min();
        TimePoint last_proved = TimePoint::min();
    };
    struct Choice {
        const InboundChannel* channel = nullptr;
        WebhookReading reading;
    };
    Choice choose(const Webhook& webhook, const std::optional<std::string>& channel) const;
    Task<std::vector<std::string>> replies_to(const InboundChannel& channel, const WebhookReading& reading,
                                              const Taken& taken, TimePoint until);
    Task<bool> keep_files(const InboundChannel& channel, WebhookReading& reading);
    std::vector<InboxEntry> entries_of(const InboundChannel& channel, const WebhookReading& reading);
    std::optional<InboxEntry> entry_of(const InboundChannel& channel, const IncomingMessage& message);
    InboxEntry entry_of(const InboundChannel& channel, const DeliveryReport& report) const;
    std::optional<SuppressionChange> suppression_of(const InboundChannel& channel,
                                                    const IncomingMessage& message) const;
    void measure(const std::string& channel, std::string_view kind, std::string_view result,
                 std::size_t count = 1) const;
    SuppressionChange suppression(const InboundChannel& channel, const Address& address, bool suppressed,
                                  const char* cause) const;

    Parts parts_;
    std::vector<InboundChannel> channels_;
    std::map<std::string, Counts> counts_;  // by channel; "" for what was for none
    std::string last_refusal_;
};

}  // namespace postrider
