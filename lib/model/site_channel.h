#pragma once

#include "lib/model/private.h"

#include <string>

namespace postrider {

/// A row of the site's switchboard: a channel that its operators configured there.
struct SiteChannel {
    std::string identifier;  ///< the metadata's `message_channel`
    std::string package;     ///< the Django package that would send by it
    bool enabled = false;
    bool is_default = false;
    Secret configuration;  ///< the text of a JSON object, with the channel's secrets

    bool operator==(const SiteChannel&) const = default;
};

}  // namespace postrider
