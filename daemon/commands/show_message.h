#pragma once

#include "lib/store/message_actions.h"

#include <filesystem>
#include <string>

namespace postrider {

struct ShowOptions {
    std::string url;      ///< of a daemon's status; empty: the configured one's
    bool reveal = false;  ///< destination and text too
    bool json = false;
};

/// The whole story of each message, on a terminal or as JSON. Returns the exit code.
int show_messages(const std::filesystem::path& config_file, const MessageActions::Ids& ids,
                  const ShowOptions& options);

}  // namespace postrider
