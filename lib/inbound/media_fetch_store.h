#pragma once

#include "lib/async/clock.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postrider {

/// A file of an incoming message that this daemon is to fetch now.
struct DueMedium {
    std::int64_t media_id = 0;
    std::int64_t message_id = 0;
    std::string channel;
    int tries = 0;  ///< with this one
    TimePoint queued;
    bool wanted = false;  ///< false: its row is gone, or has its file from elsewhere
    std::string url;
    std::string content_type;  ///< as the provider said with the message
};

/// How a file ended: it is stored, or it never will be.
struct EndedMedium {
    std::int64_t media_id = 0;
    std::int64_t message_id = 0;
    std::string content_file;  ///< relative to the media root; empty: there is none, and `reason` says why
    std::string content_type;  ///< of a stored file
    std::string reason;        ///< no address, no secret
};

struct MediaBacklog {
    std::size_t waiting = 0;
    TimePoint oldest{};    ///< since when the first of them waits
    std::string reason{};  ///< why its last try failed
};

/// Which files are to be fetched, and what became of them. Shared by all daemons. Calls throw when the database
/// is away; nothing is then known of what they were to do.
class MediaFetchStore {
public:
    virtual ~MediaFetchStore() = default;

    /// Up to `limit` that are due at `now`, the longest due first. They are this daemon's until `until`, or
    /// until it ends.
    virtual Task<std::vector<DueMedium>> take(TimePoint now, TimePoint until, std::size_t limit) = 0;
    /// Not now, and why.
    virtual Task<> postpone(std::int64_t media_id, TimePoint not_before, std::string reason) = 0;
    /// Writes the end into the site's rows: the file's name and type, or a name that is empty and the reason
    /// in the message's metadata (`media_errors`). True if that was the last file that its message waited
    /// for: whoever listens for incoming messages is then told. Of what has ended before, nothing changes.
    virtual Task<bool> finish(EndedMedium ended) = 0;
    virtual Task<MediaBacklog> backlog() = 0;
};

}  // namespace postrider
