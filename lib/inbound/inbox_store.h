#pragma once

#include "lib/async/task.h"
#include "lib/inbound/forward_store.h"
#include "lib/inbound/inbox_entry.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace postrider {

/// What became of an entry.
struct KeptEntry {
    bool is_new = true;  ///< false: it had come before, and this changed nothing
    /// Of its message: what it was first answered with; what an application said among it is as rows have texts.
    std::vector<std::string> replies{};
    /// The message, where no application has replied to it yet that may.
    std::optional<std::int64_t> unanswered{};
    bool spooled = false;  ///< on this host's disk only, so far; whether it is new nobody knows
};

/// The database answered, and refuses an entry for what is in it: however often it comes.
class EntriesRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What came of a look at reports that had not found their messages.
struct AppliedReports {
    std::size_t applied = 0;
    std::size_t waiting = 0;  ///< of requests that are not recorded, or not known
    /// By channel: messages that were reported as delivered, and as failed.
    std::map<std::string, std::size_t> delivered{};
    std::map<std::string, std::size_t> failed{};
    /// By channel: how long after its acceptance each was reported as delivered.
    std::map<std::string, std::vector<std::chrono::microseconds>> delivered_after{};
};

/// Where what comes in is kept. Calls throw when the database is away; nothing is then known of what they
/// were to do.
class InboxStore {
public:
    virtual ~InboxStore() = default;

    /// Keeps entries in one transaction, in their order; answers for each. What has been kept before is
    /// known again by transport and event key, a report by its rank. Throws EntriesRefused if one of them
    /// or more cannot be kept; then none is.
    virtual Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> entries) = 0;

    /// Whom what is stored from now on is kept for, in the same transaction.
    virtual void set_forwards(ForwardTargets targets) = 0;

    /// Senders whose messages are not wanted, as their rows have them: in the clear or sealed.
    virtual Task<std::vector<std::string>> read_blocked_senders() = 0;

    /// Writes what reports say into their messages' rows, for `limit` of those that are to be looked at.
    /// Those whose request is not known yet are looked at again later, ever more rarely.
    virtual Task<AppliedReports> apply_reports(std::size_t limit) = 0;
};

}  // namespace postrider
