#pragma once

#include "lib/dispatch/privacy.h"
#include "lib/dispatch/routing.h"
#include "lib/dispatch/waiting.h"
#include "lib/model/channel.h"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace postrider {

/// The largest `priority` that the metadata of a message may have, and its opposite the smallest.
inline constexpr int priority_max = 1000;

/// What decides where a message goes, and whether it goes at all.
struct AdmissionRules {
    std::vector<Channel> channels;  ///< in the order of the configuration
    std::chrono::milliseconds settle{0};
    /// Only these destinations, if set (`delivery: only`).
    std::optional<std::set<Address>> only_to;
    std::map<std::string, std::string> media_holds{};  ///< by channel: why messages with media wait there
    std::vector<Route> routes{};                       ///< the first that matches decides, before all else
    std::string phone_region = "US";                   ///< of numbers without a country code
};

/// Goes to the lane of `channel`.
struct Admitted {
    std::string channel;
    Waiting waiting;
};

/// Stays where it is, for now or for good; `reason` is one of a few fixed texts, to be counted by.
struct LeftAlone {
    std::string reason;
    bool expected = false;  ///< nothing an operator needs to look at
};

/// Where a row goes.
struct Placed {
    const Channel* channel = nullptr;      ///< of the rules
    Address destination;                   ///< in the clear, where it can be read
    bool old_key = false;                  ///< it is encrypted under one of the old keys
    std::optional<std::string> refusal{};  ///< why it will not be sent there, if so
};

/// Decides, for each due row, channel and conversation, and asks the verdict on time.
class Admission {
public:
    Admission(AdmissionRules rules, Privacy& privacy);

    /// Both throw std::invalid_argument for a route whose pattern does not compile.
    void set_rules(AdmissionRules rules);

    /// The first half of `admit`, for whoever only counts.
    std::variant<Placed, LeftAlone> place(const OutgoingMessage& row) const;
    std::variant<Admitted, LeftAlone> admit(OutgoingMessage row, TimePoint first_seen, TimePoint now);

private:
    const Channel* choose_channel(const OutgoingMessage& row) const;
    const Channel* channel_named(const std::string& name) const;

    AdmissionRules rules_;
    Routing routing_;
    Privacy& privacy_;
};

}  // namespace postrider
