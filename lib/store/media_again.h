#pragma once

#include "lib/async/clock.h"
#include "lib/store/database.h"

#include <set>
#include <string>

namespace postrider {

/// Files of incoming messages that are not here.
struct MissingMedia {
    long long queued = 0;  ///< daemons fetch them, or with a dry run would be asked to
    long long left = 0;    ///< their messages came by another channel, or by none that is known
};

/// Has the daemons fetch again what failed for good, and what nobody has ever fetched, of messages that were received
/// since then by one of `channels`; as if it had just come. What is here, or is still being tried, is left alone.
/// Message by message, beside whatever else runs. Blocks. Throws DatabaseSetupError where a daemon could not work.
MissingMedia fetch_media_again(const DatabaseSettings& settings, TimePoint since,
                               const std::set<std::string>& channels, bool dry_run);

}  // namespace postrider
