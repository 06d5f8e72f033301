#pragma once

#include "lib/async/task.h"
#include "lib/health/check.h"
#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/model/private.h"

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

class MessageHistory;
class NumberLookup;

/// Asked once, just before the bytes that commit a send leave; false once this daemon's lease is
/// over. A transport that is refused sends nothing and answers `deferred`.
class Permit {
public:
    virtual ~Permit() = default;
    virtual bool granted() const = 0;
};

/// What one request may carry of files.
struct MediaLimits {
    std::size_t files_max = 0;     ///< 0: none
    std::uintmax_t bytes_max = 0;  ///< all together
    bool fetched = false;          ///< by the provider, under their URLs: without one they cannot go
};

/// Which of a provider's records are wanted: of requests to `destination`, made in [from, to] by
/// the provider's clock.
struct RecordQuery {
    Address destination;
    TimePoint from;
    TimePoint to;
};

/// A request that the provider's own records show as accepted.
struct ProviderRecord {
    std::string provider_id;
    TimePoint created;             ///< by the provider's clock, perhaps to the second only
    Text text;                     ///< as it was accepted
    boost::json::object metadata;  ///< what its outcome `sent` would have brought
};

/// One way to a provider. Says what came of attempts; decides on no other, sees no database.
/// Used on the loop thread only.
class Transport {
public:
    virtual ~Transport() = default;

    /// How many requests one call may carry.
    virtual std::size_t batch_max() const { return 1; }
    /// The longest text of one request, in UTF-16 code units; a longer one goes in parts.
    virtual std::size_t text_units_max() const { return std::numeric_limits<std::size_t>::max(); }
    /// Whether a text stands for a medium and is none that anybody reads. It goes as it is, in one request
    /// however long it is, and the provider's records have no text for it.
    virtual bool is_medium(std::string_view /*text*/) const { return false; }
    /// Whether what it sends is charged by the segments of text messages.
    virtual bool counts_segments() const { return false; }
    /// More files go one a request, and the text after them.
    virtual MediaLimits media_limits() const { return {}; }
    /// What the provider would have against a file, such as "is of type image/webp, …"; nullopt: nothing. Asked
    /// of a type that a refused file could be converted to as well, by a file of that type with one byte and no
    /// path: a transport whose provider fetches files needs to know no more of conversion.
    virtual std::optional<std::string> medium_objection(const MediaFile& /*medium*/) const {
        return std::nullopt;
    }
    /// Whether its requests say more of their message than its text. Only then they come with `token` and
    /// `metadata`.
    virtual bool tells_of_message() const { return false; }
    /// For how long the provider recognises an idempotency key of ours that comes again (0: never).
    virtual std::chrono::seconds idempotency_window() const { return std::chrono::seconds{0}; }

    /// How long a call may take, where that is more than a lane allows by itself (20 s).
    virtual std::chrono::milliseconds answer_max() const { return std::chrono::milliseconds{0}; }

    /// One outcome for each request, in order. Throws for bugs only: what a provider or a network
    /// does is an outcome. `permit` outlives the await. Cancelled, it leaves nothing running.
    virtual Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) = 0;

    /// Whether the provider keeps records that tell which requests it has accepted.
    virtual bool keeps_records() const { return false; }
    /// Those records, the oldest first. Throws std::runtime_error if they cannot be had now.
    virtual Task<std::vector<ProviderRecord>> records(RecordQuery query);

    /// What of the account behind it is watched, in a word such as `balance`; empty: nothing.
    virtual std::string_view watched_of_account() const { return {}; }
    /// How that is now; whoever asks gives the check its name. Throws std::runtime_error if it cannot be had.
    virtual Task<Check> account_check();

    /// Where telephone numbers can be looked up; nullptr: nowhere. Lives as long as the transport.
    virtual NumberLookup* number_lookup() { return nullptr; }

    /// Where what went and came is listed; nullptr: nowhere. The same.
    virtual MessageHistory* message_history() { return nullptr; }
};

}  // namespace postrider
