#pragma once

#include "lib/model/private.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// So many messages in each period: `10/s`, `600/min`.
struct Rate {
    double messages = 0;
    std::chrono::seconds period{1};

    double per_second() const { return messages / static_cast<double>(period.count()); }
    bool operator==(const Rate&) const = default;
};

/// What to do with a message whose attempt stays in doubt.
enum class OnDoubt {
    fail,    ///< errored, the doubt named: never twice
    resend,  ///< tried again: perhaps twice, never lost
};

/// What a message counts for in rates.
enum class RateCounts {
    messages,  ///< 1; of a message in parts, each of them
    segments,  ///< as many as it has segments as a text message, as carriers and providers count
};

/// What becomes of curly quotes, dashes and the like, one of which makes a text message UCS-2.
enum class Typography {
    keep,
    replace,  ///< by plain characters, where a message, or a part of it, has fewer segments then
};

/// Of what somebody who writes STOP gets no more, until he writes START.
enum class OptOutScope {
    off,      ///< of nothing: the application sees to that
    channel,  ///< of the channel that he wrote to
    all,      ///< of all channels
};

enum class Ordering {
    conversation,  ///< one after the other to each destination
    none,
};

/// A rate that channels share: of an account, or of a pool of senders.
struct Limit {
    std::string name;
    Rate rate;
};

/// Why nothing is sent by a channel, its messages being left where they are.
struct NotServed {
    std::string reason;         ///< a fixed text for each channel
    bool expected = false;      ///< nothing an operator needs to look at
    bool only_by_name = false;  ///< a message that names no channel never falls to it

    bool operator==(const NotServed&) const = default;
};

/// A configured instance of a transport: what every channel has, whatever its transport.
struct Channel {
    std::string name;       ///< the metadata's `message_channel`
    std::string transport;  ///< the kind: `twilio`, `loopback`, …
    bool is_default = false;
    std::string prefix;                   ///< of addresses, such as `whatsapp`; empty: none
    std::optional<NotServed> not_served;  ///< of the site's channels: those that we do not send by
    std::optional<Rate> rate;             ///< for the channel over all daemons; none: unlimited
    RateCounts rate_counts = RateCounts::messages;
    std::vector<std::string> limits;    ///< rates that it shares with other channels, by their names
    std::optional<Rate> recipient_max;  ///< what one recipient may get; none: unlimited
    unsigned concurrency = 8;           ///< provider calls in flight, over all daemons
    unsigned max_attempts = 0;          ///< 0: until expire_after
    std::chrono::seconds expire_after = std::chrono::hours{4};  ///< from send_date
    OnDoubt on_doubt = OnDoubt::fail;
    /// How long after a doubt the provider's own records are trusted.
    std::chrono::seconds reconcile_after{60};
    Typography typography = Typography::keep;
    Ordering ordering = Ordering::conversation;
    OptOutScope opt_out = OptOutScope::channel;
    std::map<std::string, std::string> replies;  ///< to what comes in, by keyword; `*`: to all else
    /// For how long a message in doubt holds back later ones of its conversation.
    std::chrono::seconds order_hold = std::chrono::minutes{10};
};

/// A destination as the channel's provider wants it: one that does not begin with the channel's prefix gets
/// it, in place of whatever stands before its last colon. As the Django package does.
Address addressed(const Channel& channel, const Address& destination);

}  // namespace postrider
