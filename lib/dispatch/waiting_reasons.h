#pragma once

#include "lib/dispatch/admission.h"
#include "lib/model/suspension.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postrider {

/// Something that keeps a message from leaving.
struct WaitReason {
    std::string_view what;  ///< a word that stays: `time`, `hold`, …; docs/operations.md lists them
    std::string reason;     ///< for people; no address, no text
    std::optional<TimePoint> since{};
    std::optional<TimePoint> until{};  ///< nothing: until somebody does something about it
};

/// What is known of a message that waits.
struct WaitFacts {
    std::variant<Admitted, LeftAlone> admission;  ///< what Admission::admit says of it
    TimePoint now;
    /// Its own attempt is open: since when it is in doubt, if it is, and why.
    struct OpenAttempt {
        std::optional<TimePoint> doubt_since;
        std::string doubt_reason;
    };
    std::optional<OpenAttempt> attempt{};
    /// An operator holds it.
    struct Hold {
        TimePoint since;
        std::string reason;
    };
    std::optional<Hold> hold{};
    bool late = false;                           ///< lateness_max holds it
    std::optional<std::string> delivery_hold{};  ///< why nothing at all may leave
    std::vector<Suspension> suspensions{};
    /// Nothing is sent to its recipient.
    struct Suppressed {
        std::string cause;
        TimePoint since;
    };
    std::optional<Suppressed> suppressed{};
    /// An attempt of another message to the same person is open.
    struct Before {
        MessageId id = 0;
        std::optional<TimePoint> doubt_since;
    };
    std::optional<Before> before{};
    std::chrono::seconds order_hold{0};  ///< for how long such a doubt holds it back
};

/// All that keeps it, what operators said first. None: the next claim may have it.
std::vector<WaitReason> reasons_to_wait(const WaitFacts& facts);

}  // namespace postrider
