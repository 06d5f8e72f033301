#pragma once

#include "lib/inbound/inbox_entry.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// What came in, as the spool keeps it: private things are sealed already, where there is a key.
std::string to_json(const InboxEntry& entry);

/// What `to_json` wrote; nullopt for anything else.
std::optional<InboxEntry> read_entry_json(std::string_view text);

}  // namespace postrider
