#pragma once

#include "lib/async/clock.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace postrider {

/// How many messages wait, by how long they have been due.
class WaitingAges {
public:
    /// The names of the spans, from what is not due yet to what has been due for longest; they stay.
    static constexpr std::array<std::string_view, 6> spans{"future",   "under_1m", "under_5m",
                                                           "under_1h", "under_1d", "older"};
    using Counts = std::array<std::uint64_t, spans.size()>;

    /// Which of them a message is in.
    static std::size_t span_of(TimePoint send_date, TimePoint now);

    void add(const std::string& where, TimePoint send_date, TimePoint now);

    /// By where they wait.
    const std::map<std::string, Counts>& counts() const { return counts_; }

private:
    std::map<std::string, Counts> counts_;
};

}  // namespace postrider
