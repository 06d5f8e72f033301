#pragma once

#include "lib/model/encryption.h"
#include "lib/store/database.h"

#include <functional>
#include <string>
#include <vector>

namespace postrider {

/// How far the rows of one table have been gone through.
struct EncryptionProgress {
    std::string table;
    long long seen = 0;
    long long total = 0;
};

/// What it came to. No address or text.
struct EncryptionReport {
    long long seen = 0;
    long long written = 0;
    long long unreadable = 0;               ///< encrypted under a key that is not among ours
    long long too_long = 0;                 ///< addresses without room in their column
    std::vector<std::string> left_for_now;  ///< "outgoing 17": written by others meanwhile, each time
};

/// Encrypts what rows of messages, outgoing and incoming, hold in the clear or under old keys (see
/// `seal_row`), batch by batch, beside whatever else runs: a row that somebody writes at that moment is
/// looked at again. Begun again it goes through all rows and writes only those that still need it. With
/// `dry_run` it only counts. Throws DatabaseSetupError where there is no key, or the role may not write.
/// Blocks.
EncryptionReport encrypt_rows(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                              bool dry_run,
                              const std::function<void(const EncryptionProgress&)>& on_progress);

}  // namespace postrider
