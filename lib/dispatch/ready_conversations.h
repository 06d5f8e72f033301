#pragma once

#include "lib/model/hash.h"
#include "lib/model/message.h"

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace postrider {

/// The conversations of a lane whose first message may go now: the largest priority first, of equal ones
/// the one that may go for longest, then the earliest message. So that nothing starves, of ten taken one at
/// least is the first in that order of those with a lower priority, if there are any. Pure.
class ReadyConversations {
public:
    /// Puts a conversation in, or moves it; `since`: when its first message was allowed to go.
    void put(const ConversationId& id, int priority, TimePoint since, MessageKey first);
    void erase(const ConversationId& id);
    /// The next one.
    std::optional<ConversationId> take();

    bool empty() const { return places_.empty(); }

private:
    struct Turn {
        TimePoint since;
        MessageKey first;
        ConversationId id;
        auto operator<=>(const Turn&) const = default;
    };
    using Level = std::set<Turn>;
    struct Place {
        int priority;
        Level::iterator turn;
    };
    const Turn& first_of_lower() const;

    std::map<int, Level, std::greater<>> levels_;  // none is empty
    std::unordered_map<ConversationId, Place, PartOfHash> places_;
    int favoured_ = 0;  // taken from the highest level in a row, while there were others
};

}  // namespace postrider
