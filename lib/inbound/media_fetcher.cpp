#include "lib/inbound/media_fetcher.h"

#include "lib/health/status_messages.h"
#include "lib/inbound/looking.h"
#include "lib/inbound/media_retry.h"
#include "lib/log/log.h"
#include "lib/media/file_type.h"
#include "lib/media/incoming_types.h"

#include <fmt/format.h>

#include <utility>

namespace postrider {

namespace {

using namespace std::chrono_literals;
using Kind = MediaFailure::Kind;

constexpr std::chrono::seconds backlog_every{10};
constexpr std::chrono::seconds pause_in_trouble{5};
constexpr std::chrono::minutes recording_max{1};  // beyond the time that fetching may take
constexpr std::chrono::minutes waiting_worries{5};
constexpr std::chrono::hours failures_kept{24};
constexpr std::size_t failures_kept_max = 10000;

/// On a thread for files: what has come, judged and stored.
struct Kept {
    std::string content_file;
    std::string content_type;
    MediaFailure failure;
};

Kept keep_bytes(const IncomingFiles& folder, const std::string& identity,
                const std::vector<std::string>& declared, const std::string& bytes) {
    Kept kept;
    try {
        JudgedType judged = judge_type(declared, file_type_of(bytes));
        if (!judged.refusal.empty()) {
            kept.failure = {Kind::final, std::move(judged.refusal)};
            return kept;
        }
        kept.content_file = folder.keep(identity, judged.extension, bytes);
        kept.content_type = std::move(judged.content_type);
    } catch (const std::exception& error) {
        kept.failure = {Kind::ours, error.what()};
    }
    return kept;
}

std::chrono::milliseconds since(TimePoint then, TimePoint now) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - then);
}

}  // namespace

MediaFetcher::MediaFetcher(MediaFetcherParts parts, MediaFetchLimits limits)
    : parts_(std::move(parts)), limits_(limits), wakeup_(parts_.executor), tasks_(parts_.executor) {}

Task<> MediaFetcher::run() {
    Look look = [this] { return look_once(); };
    Task<> looking = keep_looking(parts_.clock, wakeup_,
                                  "files of incoming messages wait: the database is away", std::move(look));
    co_await tasks_.end_with(std::move(looking));
}

Task<bool> MediaFetcher::look_once() {
    const bool more = co_await take_some();
    if (parts_.clock.now() >= backlog_read_ + backlog_every) {
        backlog_ = co_await parts_.store.backlog();
        backlog_read_ = parts_.clock.now();
    }
    co_return more;
}

/// Whether there may be more to do at once.
Task<bool> MediaFetcher::take_some() {
    const TimePoint now = parts_.clock.now();
    // While files cannot be kept here, one at a time shows whether they can again.
    const std::size_t most = trouble_.empty() ? limits_.concurrency : 1;
    if (now < paused_until_ || tasks_.size() >= most) co_return false;
    const std::size_t room = most - tasks_.size();
    std::vector<DueMedium> due =
        co_await parts_.store.take(now, now + limits_.download.time_max + recording_max, room);
    std::size_t begun = 0;
    for (DueMedium& medium : due) {
        // It may come back while our own try is still under way: when the database was away for long.
        if (!fetching_.insert(medium.media_id).second) continue;
        tasks_.spawn("media", fetch(std::move(medium)));
        ++begun;
    }
    const bool more = begun == room && tasks_.size() < most;
    co_return more;
}

Task<> MediaFetcher::fetch(DueMedium medium) {
    const std::int64_t id = medium.media_id;
    std::exception_ptr failure;
    try {
        co_await bring(std::move(medium));
    } catch (...) {
        failure = std::current_exception();
    }
    fetching_.erase(id);
    if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
    // Its row is ours until its time is over; then it is tried again, by whoever sees it first.
    if (failure)
        log::warn("what became of a file could not be recorded; it is fetched again",
                  {{"media", id}, {"error", describe(failure)}});
    wakeup_.ring();
}

Task<> MediaFetcher::bring(DueMedium medium) {
    EndedMedium ended{medium.media_id, medium.message_id, "", "", ""};
    if (medium.wanted) {
        const MediaFailure failure = co_await keep(medium, ended);
        if (ended.content_file.empty()) {
            note_trouble(failure);
            const auto waited = since(medium.queued, parts_.clock.now());
            const auto wait =
                next_media_try(failure.kind, medium.tries, waited, limits_.expire, parts_.random.unit());
            if (wait) {
                log::info(
                    "a file of an incoming message is to be fetched again",
                    {{"message", medium.message_id}, {"tries", medium.tries}, {"reason", failure.reason}});
                co_await parts_.store.postpone(medium.media_id, parts_.clock.now() + *wait, failure.reason);
                co_return;
            }
            ended.reason = medium.tries > 1 ? fmt::format("{}, after {} tries", failure.reason, medium.tries)
                                            : failure.reason;
        }
    }
    const bool last = co_await parts_.store.finish(ended);
    if (!ended.content_file.empty()) {
        ++stored_;
        trouble_.clear();
    } else if (medium.wanted) {
        log::warn("a file of an incoming message was not fetched",
                  {{"message", ended.message_id}, {"reason", ended.reason}});
        last_failure_ = ended.reason;
        failed_.push_back(parts_.clock.now());
        if (failed_.size() > failures_kept_max) failed_.pop_front();
    }
    backlog_read_ = TimePoint::min();
    if (last && parts_.on_message_complete) parts_.on_message_complete(ended.message_id);
}

/// The file's name and type come into `ended`; or there is none, and a reason.
Task<MediaFailure> MediaFetcher::keep(const DueMedium& medium, EndedMedium& ended) {
    const auto receiver = receivers_.find(medium.channel);
    if (receiver == receivers_.end() || !receiver->second)
        co_return MediaFailure{Kind::passing, "its channel, " + medium.channel + ", is not configured"};
    const std::shared_ptr<const Receiver> its_receiver = receiver->second;
    MediaDownload download =
        co_await download_medium(parts_.http, *its_receiver, medium.url, limits_.download);
    if (!download.succeeded) co_return std::move(download.failure);
    const std::vector<std::string> declared{download.content_type, medium.content_type};
    auto judge_and_keep = [folder = parts_.folder, identity = fmt::format("medium {}", medium.media_id),
                           declared, bytes = std::move(download.bytes)] {
        return keep_bytes(folder, identity, declared, bytes);
    };
    Kept kept = co_await parts_.files.run(std::move(judge_and_keep));
    ended.content_file = std::move(kept.content_file);
    ended.content_type = std::move(kept.content_type);
    co_return std::move(kept.failure);
}

void MediaFetcher::note_trouble(const MediaFailure& failure) {
    if (failure.kind != Kind::ours) return;
    if (trouble_.empty())
        log::error("files of incoming messages cannot be kept; trying on", {{"error", failure.reason}});
    trouble_ = failure.reason;
    paused_until_ = parts_.clock.now() + pause_in_trouble;
}

std::size_t MediaFetcher::recent_failures() const {
    std::size_t count = 0;
    for (const TimePoint each : failed_) count += parts_.clock.now() - each < failures_kept ? 1 : 0;
    return count;
}

std::optional<Check> MediaFetcher::check() const {
    if (backlog_.waiting == 0 && stored_ == 0 && failed_.empty()) return std::nullopt;
    Check check{.name = "media of replies"};
    say<status::media_waiting>(check, backlog_.waiting);
    double oldest = 0;
    if (backlog_.waiting > 0) {
        const auto waits = since(backlog_.oldest, parts_.clock.now());
        oldest = std::chrono::duration<double>(waits).count();
        const std::string reason = backlog_.reason.empty() ? "not tried yet" : backlog_.reason;
        if (waits >= waiting_worries) {
            say<status::media_stuck>(check, oldest, reason);
        } else {
            say<status::media_oldest>(check, oldest, reason);
        }
    }
    const std::size_t failures = recent_failures();
    say<status::media_counts>(check, stored_, failures);
    if (failures > 0) say<status::media_failed>(check, last_failure_);
    if (!trouble_.empty()) say<status::media_no_room>(check, trouble_);
    check.measures = {{"media_waiting", static_cast<double>(backlog_.waiting), "", "", ""},
                      {"media_oldest", oldest, "s", "", ""},
                      {"media_stored", static_cast<double>(stored_), "c", "", ""},
                      {"media_failed", static_cast<double>(failures), "", "", ""}};
    return check;
}

}  // namespace postrider
