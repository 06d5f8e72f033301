#pragma once

#include "lib/async/clock.h"
#include "lib/model/encryption.h"
#include "lib/store/database.h"
#include "lib/transcript/transcript_line.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// How addresses stand in a transcript.
enum class TranscriptAddresses {
    obfuscated,
    clear,
    stored,  ///< as their rows have them: encrypted, where they are
};

struct TranscriptQuery {
    std::optional<TimePoint> from = {};  ///< inclusive, as is `to`
    std::optional<TimePoint> to = {};
    std::vector<Address> participants = {};  ///< in any spelling; none: everybody
    std::string time_zone = "UTC";
    std::string phone_region = "US";
    TranscriptAddresses addresses = TranscriptAddresses::obfuscated;
    bool decrypt_texts = false;  ///< false: messages as their rows have them
};

struct TranscriptReport {
    long long messages = 0;
    long long unreadable = 0;  ///< lines with something encrypted that no key opens: as stored
};

/// Tells `each` of every message that was sent (or given up) or came in: grouped by participant in the order
/// that was asked for, without participants all together; within that by the time that its line has, as text.
/// All as it was at one moment, whoever writes meanwhile; memory does not grow with their number. Participants
/// are found whether their rows are encrypted or not. `on_progress` hears how many of how many rows have been
/// told of. Blocks. Throws DatabaseSetupError where there are no tables, or none that may be read.
TranscriptReport read_transcripts(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                                  const TranscriptQuery& query,
                                  const std::function<void(const TranscriptEntry&)>& each,
                                  const std::function<void(long long seen, long long total)>& on_progress);

}  // namespace postrider
