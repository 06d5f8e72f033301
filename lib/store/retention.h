#pragma once

#include "lib/async/clock.h"
#include "lib/model/retention.h"
#include "lib/store/database.h"

#include <functional>
#include <string>

namespace postrider {

/// What was forgotten, or with a dry run would be.
struct RetentionReport {
    long long outgoing = 0;
    long long incoming = 0;
    long long media = 0;  ///< rows
    long long files = 0;
    long long attempts = 0;
};

/// Forgets what is older than the rules want it kept, in small batches beside whatever else runs, media before
/// the messages that they are of. Nothing that has not ended, that somebody is still to be told of, or that a
/// site's own rows refer to; no attempt of a message that waits. `remove_file` takes the name of a file that no
/// row needs any more, before its row goes; whether there was one. Can be stopped and begun again at any time.
/// Blocks. Throws DatabaseSetupError where `postrider migrate` has not been.
RetentionReport forget_old(const DatabaseSettings& settings, const RetentionRules& rules, bool dry_run,
                           const std::function<bool(const std::string& name)>& remove_file);

}  // namespace postrider
