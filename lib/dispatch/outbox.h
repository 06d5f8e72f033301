#pragma once

#include "lib/async/task.h"
#include "lib/model/attempt.h"
#include "lib/model/hash.h"
#include "lib/model/media.h"
#include "lib/model/message.h"
#include "lib/model/outcome.h"
#include "lib/model/suppression.h"
#include "lib/model/suspension.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The right to make one provider request, asked for.
struct ClaimRequest {
    MessageId message_id = 0;
    std::string row_version;  ///< of the row that was prepared
    int media_count = 0;      ///< and its media
    std::string channel;
    int shard = 0;
    ConversationId conversation{};
    Hash content_hash{};
    std::string destination;  ///< as the journal keeps it: encrypted when there is a key
    /// Asked again with the same key, a claim is the same claim: for when its answer was lost.
    std::string idempotency_key;
    /// When that key was first used, if it was.
    std::optional<TimePoint> first_sent;
    int part = 1;  ///< 0: nothing is to be sent under it, only written what the message comes to
    int parts = 1;
    /// The last end of this message that was known when it was prepared; 0: none was.
    AttemptId known_end = 0;
    /// And the last attempt: parts that were accepted since, or a key that must be repeated, are no
    /// part of the row's version.
    AttemptId last_attempt = 0;
    /// Who gets it, as suppressions name him; nullopt: they do not count here.
    std::optional<Hash> recipient{};
};

/// The moments that a claim is judged by.
struct ClaimTimes {
    TimePoint now;
    /// Rows due by then are granted: what is claimed a little ahead of its moment waits for it unsent.
    TimePoint due_by;
    /// Older doubts hold no conversation any more.
    TimePoint doubts_hold_from;
};

/// The right, granted: committed to the journal under this daemon's name.
struct Claim {
    MessageId message_id = 0;
    AttemptKey attempt;
};

/// What the row says afterwards.
enum class Disposition {
    sent,       ///< sent_date set
    given_up,   ///< errored, sent_date says when
    waiting,    ///< still due: tried again at `retry_at`
    next_part,  ///< still due: this part has been accepted, and the next may go at once
    in_doubt,   ///< still due, its attempt stays open: the provider's records will tell
};

/// The name in the journal and in spools, which outlive this version: once given, it stays.
std::string_view to_string(Disposition disposition);
/// The other way round; nullopt for what is none.
std::optional<Disposition> disposition_named(std::string_view name);

/// What else is to stand in a message's row once it has ended. Written only into a row that is still as it
/// was claimed.
struct RowValues {
    std::optional<std::string> destination;  ///< encrypted, where it was not
    /// What was said in place of a template, encrypted where that was; or the text, encrypted.
    std::optional<Text> message;
    std::optional<std::string> lookup_key;  ///< where the row had none
    std::string rendered;                   ///< the mark of a text that is no template any more; else empty
    std::vector<std::string> leaked;        ///< keys of its metadata that must not stay there
    std::size_t segments = 0;               ///< of all its parts as text messages; 0: it is none
    bool unicode = false;                   ///< and one of them is not in GSM-7
};

/// An attempt that has ended, and what follows for its message.
struct AttemptResult {
    AttemptId attempt_id = 0;
    MessageId message_id = 0;
    std::string row_version;                           ///< of the row that was claimed; empty: not known
    std::optional<std::string> transmission_metadata;  ///< of that row
    RowValues row;
    Outcome outcome;
    Disposition disposition = Disposition::waiting;
    TimePoint ended;
    int failed_attempts = 0;  ///< when waiting
    TimePoint retry_at;       ///< when waiting
    /// When waiting: the next try repeats the idempotency key, for the provider to tell whether it
    /// has accepted this one.
    bool repeats_key = false;
    /// The provider said that its recipient has opted out.
    std::optional<SuppressionChange> suppression{};
};

/// The ledger answered, and refuses results for what is in them, or in their rows: however often they
/// come, until somebody mends that.
class ResultsRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Which of a provider's records belong to other messages.
struct Evidence {
    std::set<std::string> recorded_ids;  ///< of those asked about: recorded for some message
    std::set<Hash> contents_in_flight;   ///< of requests that are under way, and not in doubt
};

/// The ledger of messages and attempts, as the way out sees it. Two stores implement it:
/// PostgreSQL, and memory for tests. Any call may throw when the database is away; nothing is then
/// known of it: claims asked for may or may not be in the journal, results may or may not be in.
class Outbox {
public:
    virtual ~Outbox() = default;

    /// Waiting rows after `after` and due by `until`, in the order of their keys, `limit` at most;
    /// not those that somebody holds.
    virtual Task<std::vector<OutgoingMessage>> read_due(MessageKey after, TimePoint until,
                                                        std::size_t limit) = 0;

    /// Those of the rows that still wait, whenever they are due, and that nobody holds; each once,
    /// with what the journal says of an earlier end.
    virtual Task<std::vector<OutgoingMessage>> read(std::vector<MessageId> ids) = 0;

    /// The media of these messages, each message's in their order.
    virtual Task<std::map<MessageId, std::vector<Media>>> read_media(std::vector<MessageId> ids) = 0;

    /// Journals an attempt, in one transaction, for each row that is still due by `due_by`, unlocked
    /// and as it was prepared, its attempts too; that nobody holds, whose channel is not suspended and whose recipient is not suppressed (but part 0);
    /// that has no other open attempt and has come to no end that was not known; whose conversation
    /// has no other open attempt (but those in doubt since before `doubts_hold_from`); and whose
    /// shard is this daemon's. Only what is returned may be sent. No two of the requests are of one
    /// conversation.
    virtual Task<std::vector<Claim>> claim(std::vector<ClaimRequest> requests, ClaimTimes times) = 0;

    /// Takes back claims whose answer was lost and that are not asked for again: nothing was sent
    /// under these keys. Claims of others, and those that never got into the journal, stay as
    /// they are.
    virtual Task<> withdraw(std::vector<std::string> idempotency_keys) = 0;

    /// Ends attempts and writes what came of them, in one transaction. Keys of others in the
    /// metadata are kept byte for byte, also those written since the claim. Recording a result
    /// again changes nothing. Whoever made a request may say what came of it, also after a peer has
    /// taken its attempt over; if the peer has ended the attempt by then, acceptance still counts.
    /// Throws ResultsRefused if one of them or more cannot be written; then none is.
    virtual Task<> record(std::vector<AttemptResult> results) = 0;

    /// All attempts in doubt whose conversations are this daemon's: its own, those of daemons that
    /// have ended, and its own that have been open for long with nobody knowing, their messages not
    /// among `in_hand`. Those under which nothing was to be sent are no doubts: they are taken back.
    virtual Task<std::vector<Doubt>> read_doubts(std::vector<MessageId> in_hand) = 0;

    /// What else is known that bears on doubts; `since`: no doubt is older. Of all channels: several
    /// may be of one account at the provider.
    virtual Task<Evidence> read_evidence(std::vector<std::string> provider_ids, TimePoint since) = 0;

    /// Of these attempts in doubt, those that a delivery report speaks of: the provider has accepted them.
    virtual Task<std::map<AttemptId, Outcome>> read_reported(std::vector<AttemptId> attempts) = 0;

    /// What is suspended now. No claim is granted against it, known or not.
    virtual Task<std::vector<Suspension>> read_suspensions() = 0;
};

}  // namespace postrider
