#pragma once

#include <chrono>
#include <optional>

namespace postrider {

/// For how long what has ended is kept; nothing: for ever.
struct RetentionRules {
    std::optional<std::chrono::hours> messages = {};  ///< rows of both directions, with their media
    std::optional<std::chrono::hours> media = {};  ///< media rows and files; never longer than their messages
    std::optional<std::chrono::hours> journal = {};  ///< attempts

    bool empty() const { return !messages && !media && !journal; }
};

}  // namespace postrider
