#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/clock.h"
#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/health/check.h"
#include "lib/inbound/media_download.h"
#include "lib/inbound/media_fetch_store.h"
#include "lib/media/incoming_files.h"
#include "lib/schedule/random.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider {

struct MediaFetchLimits {
    MediaDownloadLimits download{};
    std::chrono::milliseconds expire = std::chrono::hours{4};  ///< for how long is tried
    std::size_t concurrency = 4;                               ///< each with its file in memory
};

/// What the fetcher is built on; all of it outlives it.
struct MediaFetcherParts {
    Executor executor;
    Clock& clock;
    Random& random;
    MediaFetchStore& store;
    HttpClient& http;
    BlockingPool& files;
    IncomingFiles folder;
    /// Told of each message whose last file has just been stored, or has failed for good, by this daemon. The
    /// call may come twice, or (when a daemon dies) never: look into the database now and then as well.
    std::function<void(std::int64_t message_id)> on_message_complete{};
};

/// Fetches the files of incoming messages from their providers, after the webhooks were answered: as often as
/// it takes, until each is stored or has failed for good. A file has its name before its row says so, and the
/// same name at every try: whatever ends a daemon between the two, it is stored once. Loop thread only.
class MediaFetcher {
public:
    MediaFetcher(MediaFetcherParts parts, MediaFetchLimits limits);

    /// Looks when told to, and every other second, until cancelled; what is under way then is cancelled too.
    Task<> run();
    void look() { wakeup_.ring(); }

    /// By channel, whom to ask how its files are fetched.
    using Receivers = std::map<std::string, std::shared_ptr<const Receiver>>;
    void set_receivers(Receivers receivers) { receivers_ = std::move(receivers); }

    /// Nothing, as long as no message had a file.
    std::optional<Check> check() const;

private:
    Task<bool> look_once();
    Task<bool> take_some();
    Task<> fetch(DueMedium medium);
    Task<> bring(DueMedium medium);
    Task<MediaFailure> keep(const DueMedium& medium, EndedMedium& ended);
    void note_trouble(const MediaFailure& failure);
    std::size_t recent_failures() const;

    MediaFetcherParts parts_;
    MediaFetchLimits limits_;
    Receivers receivers_;
    Wakeup wakeup_;
    std::set<std::int64_t> fetching_;
    MediaBacklog backlog_;
    TimePoint backlog_read_ = TimePoint::min();
    std::string trouble_;  // of this host: files cannot be kept
    TimePoint paused_until_ = TimePoint::min();
    std::uint64_t stored_ = 0;
    std::deque<TimePoint> failed_;  // when, in the last day
    std::string last_failure_;
    TaskGroup tasks_;
};

}  // namespace postrider
