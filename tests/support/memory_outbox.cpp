#include "tests/support/memory_outbox.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/text/utf8.h"

#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <tuple>

namespace postrider::testing {

namespace {

/// How long an attempt of a living daemon's own is left to it before it may be taken up anew.
constexpr std::chrono::minutes left_to_itself{1};
/// How long after its daemon's end a request may still reach the provider.
constexpr std::chrono::seconds request_max{25};

}  // namespace

MemoryOutbox::MemoryOutbox(Executor executor, MemoryDatabase& database, std::function<DaemonId()> daemon)
    : read_answers(executor),
      claim_answers(executor),
      record_requests(executor),
      executor_(executor),
      database_(database),
      daemon_(std::move(daemon)) {}

Task<> MemoryOutbox::arrive(std::string_view call) {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    ++calls[std::string(call)];
    if (on_arrival) on_arrival(call);
    if (away) throw std::runtime_error("the database is away");
}

Task<> MemoryOutbox::answer(std::string_view call) {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    const auto lost = lose_answers.find(call);
    if (lost == lose_answers.end() || lost->second == 0) co_return;
    --lost->second;
    throw std::runtime_error("the database went away before it answered");
}

Task<std::vector<OutgoingMessage>> MemoryOutbox::read_due(MessageKey after, TimePoint until,
                                                          std::size_t limit) {
    co_await arrive("read_due");
    std::vector<OutgoingMessage> due;
    for (const auto& [id, row] : database_.rows) {
        const MessageKey key{row.send_date, id};
        const bool is_due = row.send_date <= until && row.send_date != TimePoint::max();
        if (row.waits() && !row.held && key > after && is_due) due.push_back(database_.read(id));
    }
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    due.erase(due.begin() + static_cast<std::ptrdiff_t>(std::min(limit, due.size())), due.end());
    co_await read_answers.pass();
    co_await answer("read_due");
    co_return due;
}

Task<std::vector<OutgoingMessage>> MemoryOutbox::read(std::vector<MessageId> ids) {
    co_await arrive("read");
    std::vector<OutgoingMessage> found;
    for (MessageId id : std::set<MessageId>(ids.begin(), ids.end())) {
        const auto row = database_.rows.find(id);
        if (row == database_.rows.end() || !row->second.waits() || row->second.held) continue;
        found.push_back(database_.read(id));
        const MemoryDatabase::Ended* last = database_.last_end(id);
        if (!last) continue;
        JournaledEnd end;
        end.attempt_id = last->end.id;
        end.part = last->end.part;
        end.given_up = last->disposition == Disposition::given_up;
        end.send_date = last->attempt.send_date;
        end.ended = last->end.ended;
        end.content_hash = last->attempt.request.content_hash;
        end.verdict = last->end.verdict;
        end.reason = last->end.reason;
        end.provider_id = last->end.provider_id;
        end.metadata = last->end.metadata;
        if (end.given_up) end.accepted = database_.accepted_parts(id);
        found.back().journaled_end = std::move(end);
    }
    co_await answer("read");
    co_return found;
}

bool MemoryOutbox::may_claim(const ClaimRequest& request, DaemonId daemon, ClaimTimes times) const {
    const auto found = database_.rows.find(request.message_id);
    if (found == database_.rows.end() || !database_.is_alive(daemon)) return false;
    const MemoryDatabase::Row& row = found->second;
    const bool held = std::any_of(database_.open.begin(), database_.open.end(), [&](const auto& open) {
        const MemoryDatabase::Attempt& attempt = open.second;
        return open.first != request.message_id && attempt.request.conversation == request.conversation &&
               (!attempt.doubt_since || *attempt.doubt_since > times.doubts_hold_from);
    });
    const bool suspended = std::any_of(
        database_.suspensions.begin(), database_.suspensions.end(),
        [&](const Suspension& each) { return each.concerns(request.channel) && !each.over(times.now); });
    if (suspended || row.held) return false;
    const MemoryDatabase::Ended* end = database_.last_end(request.message_id);
    const auto retry = database_.retries.find(request.message_id);
    if ((retry == database_.retries.end() ? 0 : retry->second.attempt_id) != request.last_attempt)
        return false;
    return row.waits() && row.send_date <= times.due_by && !row.locked && !held &&
           std::to_string(row.version) == request.row_version && row.media_count == request.media_count &&
           (!end || end->end.id <= request.known_end) && database_.owns(daemon, request.shard);
}

Task<std::map<MessageId, std::vector<Media>>> MemoryOutbox::read_media(std::vector<MessageId> ids) {
    co_await arrive("read_media");
    std::map<MessageId, std::vector<Media>> media;
    for (MessageId id : ids) {
        const auto row = database_.rows.find(id);
        if (row != database_.rows.end() && !row->second.media.empty()) media[id] = row->second.media;
    }
    co_await answer("read_media");
    co_return media;
}

Task<std::vector<Claim>> MemoryOutbox::claim(std::vector<ClaimRequest> requests, ClaimTimes times) {
    const DaemonId daemon = daemon_();
    co_await arrive("claim");
    if (remembers_claims) claims_asked.push_back(requests);
    std::vector<ClaimRequest> granted;  // all by one look at the tables
    for (ClaimRequest& request : requests) {
        if (may_claim(request, daemon, times)) granted.push_back(std::move(request));
    }
    std::vector<Claim> claims;
    for (const ClaimRequest& request : granted) {
        auto open = database_.open.find(request.message_id);
        if (open == database_.open.end()) {
            const MemoryDatabase::Attempt attempt{++database_.last_attempt,
                                                  daemon,
                                                  request,
                                                  request.first_sent.value_or(times.now),
                                                  database_.clock.now(),
                                                  database_.rows.at(request.message_id).send_date};
            open = database_.open.emplace(request.message_id, attempt).first;
        } else if (open->second.daemon != daemon ||
                   open->second.request.idempotency_key != request.idempotency_key) {
            continue;
        }
        open->second.request = request;
        open->second.send_date = database_.rows.at(request.message_id).send_date;
        const AttemptKey key{open->second.id, request.idempotency_key, open->second.first_sent};
        claims.push_back(Claim{request.message_id, key});
    }
    co_await claim_answers.pass();
    co_await answer("claim");
    co_return claims;
}

Task<> MemoryOutbox::withdraw(std::vector<std::string> idempotency_keys) {
    const DaemonId daemon = daemon_();
    co_await arrive("withdraw");
    for (const std::string& key : idempotency_keys) {
        std::erase_if(database_.open, [&](const auto& open) {
            return open.second.daemon == daemon && open.second.request.idempotency_key == key;
        });
    }
    co_await answer("withdraw");
}

Task<> MemoryOutbox::record(std::vector<AttemptResult> results) {
    co_await record_requests.pass();
    co_await arrive("record");
    for (const AttemptResult& result : results) {
        const bool has_values = result.row.destination || result.row.message || result.row.lookup_key;
        if (poisoned.contains(result.message_id) || (refuses_values && has_values))
            throw ResultsRefused("value too long");
    }
    for (const AttemptResult& result : results) close(result);
    co_await answer("record");
}

void MemoryOutbox::close(const AttemptResult& result) {
    const auto open = std::find_if(database_.open.begin(), database_.open.end(),
                                   [&](const auto& each) { return each.second.id == result.attempt_id; });
    if (result.disposition == Disposition::in_doubt) {
        if (open == database_.open.end() || open->second.doubt_since) return;
        open->second.doubt_since = open->second.over = result.ended;
        open->second.doubt_reason = storable(result.outcome.reason);
        return;
    }
    if (open == database_.open.end()) return add_evidence(result);
    const MemoryDatabase::Attempt attempt = open->second;
    database_.open.erase(open);
    EndedAttempt own;
    own.id = attempt.id;
    own.part = attempt.request.part;
    own.parts = attempt.request.parts;
    own.verdict = result.outcome.verdict;
    own.reason = storable(result.outcome.reason);
    own.provider_id = storable(result.outcome.provider_id);
    own.metadata = journal_metadata(result.outcome);
    own.ended = result.ended;
    database_.history.push_back({attempt, own, result.disposition});
    if (database_.history.back().is_final()) {
        write(result, own);
    } else {
        keep_waiting(result, attempt);
    }
}

/// Acceptance that is learned after the attempt had been ended as something else.
void MemoryOutbox::add_evidence(const AttemptResult& result) {
    const auto known =
        std::find_if(database_.history.begin(), database_.history.end(), [&](const auto& each) {
            return each.end.id == result.attempt_id && each.end.verdict != Verdict::sent;
        });
    if (known == database_.history.end() || result.outcome.verdict != Verdict::sent) return;
    known->end.reason = "it was accepted, as was learned later; taken before as " +
                        std::string(to_string(known->end.verdict)) + ": " + known->end.reason;
    known->end.verdict = Verdict::sent;
    known->end.provider_id = storable(result.outcome.provider_id);
    known->end.metadata = journal_metadata(result.outcome);
    if (known->end.part == known->end.parts) {
        known->disposition = Disposition::sent;
        known->end.metadata = journal_metadata(result.outcome, earlier_of(known->end));
    } else if (const auto retry = database_.retries.find(result.message_id);
               retry != database_.retries.end() && retry->second.attempt_id == result.attempt_id) {
        retry->second.next_part = known->end.part + 1;
        retry->second.attempt_id = -result.attempt_id;
        retry->second.repeated_key.reset();
    }
    const auto row = database_.rows.find(result.message_id);
    if (result.disposition == Disposition::sent && row != database_.rows.end() && row->second.errored &&
        marked_attempt(row->second.metadata) == result.attempt_id) {
        EndedAttempt own = known->end;
        own.reason = result.outcome.reason;
        own.ended = result.ended;
        write(result, own);
    }
}

void MemoryOutbox::keep_waiting(const AttemptResult& result, const MemoryDatabase::Attempt& attempt) {
    MemoryDatabase::Retry retry;
    retry.attempt_id = attempt.id;
    retry.failed_attempts = result.failed_attempts;
    retry.not_before = result.retry_at;
    retry.reason = storable(result.outcome.reason);
    retry.next_part = attempt.request.part + (result.disposition == Disposition::next_part ? 1 : 0);
    if (result.repeats_key)
        retry.repeated_key = RepeatedKey{attempt.request.idempotency_key, attempt.first_sent};
    MemoryDatabase::Retry& kept = database_.retries[result.message_id];
    retry.retried = kept.retried;
    kept = std::move(retry);
}

/// The attempts of its message before this one, since the last end.
std::vector<EndedAttempt> MemoryOutbox::earlier_of(const EndedAttempt& own) const {
    const auto of_own = [&](const MemoryDatabase::Ended& each) { return each.end.id == own.id; };
    const auto found = std::find_if(database_.history.begin(), database_.history.end(), of_own);
    std::vector<EndedAttempt> earlier;
    for (const MemoryDatabase::Ended& ended : database_.history) {
        if (ended.attempt.request.message_id != found->attempt.request.message_id) continue;
        if (ended.end.id >= own.id) continue;
        earlier.push_back(ended.end);
        earlier.back().ends_message = ended.is_final();
    }
    return same_run(std::move(earlier), own.part);
}

void MemoryOutbox::write(const AttemptResult& result, const EndedAttempt& own) {
    database_.retries.erase(result.message_id);
    const auto found = database_.rows.find(result.message_id);
    if (found == database_.rows.end()) return;
    const std::vector<EndedAttempt> earlier = earlier_of(own);
    for (MemoryDatabase::Ended& ended : database_.history) {
        if (ended.end.id == own.id && own.part > 1)
            ended.end.metadata = journal_metadata(result.outcome, earlier);
    }
    const bool unchanged =
        std::to_string(found->second.version) == result.row_version && !found->second.sent_date;
    database_.edit(result.message_id, [&](MemoryDatabase::Row& row) {
        row.ready = false;
        row.sent_date = result.ended;
        row.errored = result.disposition == Disposition::given_up;
        row.metadata =
            unchanged
                ? metadata_after(result, own, earlier, result.transmission_metadata, result.row.rendered)
                : metadata_after(result, own, earlier, row.metadata, rendered_mark(row.metadata));
        if (!unchanged) return;
        row.destination = result.row.destination.value_or(row.destination);
        if (result.row.message) row.text = result.row.message->reveal();
        if (result.row.lookup_key) row.lookup_key = result.row.lookup_key;
    });
}

Task<std::vector<Doubt>> MemoryOutbox::read_doubts(std::vector<MessageId> in_hand) {
    const DaemonId daemon = daemon_();
    co_await arrive("read_doubts");
    std::vector<Doubt> doubts;
    const std::set<MessageId> not_these(in_hand.begin(), in_hand.end());
    const TimePoint now = database_.clock.now();
    std::vector<MessageId> taken_back;
    for (auto& [id, attempt] : database_.open) {
        if (!database_.is_alive(daemon) || !database_.owns(daemon, attempt.request.shard)) continue;
        if (not_these.contains(id)) continue;
        const bool own = attempt.daemon == daemon;
        if (own && !attempt.doubt_since && attempt.claimed >= now - left_to_itself) continue;
        if (!own && !attempt.doubt_since && database_.is_alive(attempt.daemon)) continue;
        if (attempt.request.part == 0) {  // nothing was to be sent
            taken_back.push_back(id);
            continue;
        }
        const TimePoint ended = database_.daemons.at(attempt.daemon).ended_at.value_or(now);
        if (!attempt.doubt_since) {
            attempt.doubt_since = ended;
            attempt.doubt_reason = "its daemon ended while sending";
            attempt.over = ended + request_max;
        }
        attempt.daemon = daemon;
        Doubt doubt;
        doubt.attempt = {attempt.id, attempt.request.idempotency_key, attempt.first_sent};
        doubt.message = {attempt.send_date, id};
        doubt.part = attempt.request.part;
        doubt.parts = attempt.request.parts;
        doubt.channel = attempt.request.channel;
        doubt.conversation = attempt.request.conversation;
        doubt.destination = Address(attempt.request.destination);
        doubt.content_hash = attempt.request.content_hash;
        doubt.reason = attempt.doubt_reason;
        doubt.since = *attempt.doubt_since;
        doubt.over = attempt.over;
        const auto retry = database_.retries.find(id);
        doubt.failed_attempts = retry == database_.retries.end() ? 0 : retry->second.failed_attempts;
        doubts.push_back(std::move(doubt));
    }
    for (MessageId id : taken_back) database_.open.erase(id);
    std::sort(doubts.begin(), doubts.end(), [](const Doubt& one, const Doubt& other) {
        return std::tie(one.attempt.first_sent, one.attempt.id) <
               std::tie(other.attempt.first_sent, other.attempt.id);
    });
    co_await answer("read_doubts");
    co_return doubts;
}

Task<Evidence> MemoryOutbox::read_evidence(std::vector<std::string> provider_ids, TimePoint since) {
    co_await arrive("read_evidence");
    Evidence evidence;
    for (const std::string& asked : provider_ids) {
        const std::string id = storable(asked);
        if (id.empty()) continue;
        const bool journaled = std::any_of(database_.history.begin(), database_.history.end(),
                                           [&](const MemoryDatabase::Ended& ended) {
                                               return ended.end.provider_id == id && ended.end.ended >= since;
                                           });
        const std::string written = boost::json::serialize(boost::json::string(id));
        const bool in_a_row = std::any_of(database_.rows.begin(), database_.rows.end(), [&](const auto& row) {
            return row.second.sent_date >= since &&
                   row.second.metadata.value_or("").find(written) != std::string::npos;
        });
        if (journaled || in_a_row) evidence.recorded_ids.insert(id);
    }
    for (const auto& [id, attempt] : database_.open) {
        if (!attempt.doubt_since) evidence.contents_in_flight.insert(attempt.request.content_hash);
    }
    co_await answer("read_evidence");
    co_return evidence;
}

Task<std::map<AttemptId, Outcome>> MemoryOutbox::read_reported(std::vector<AttemptId> attempts) {
    co_await arrive("read_reported");
    std::map<AttemptId, Outcome> accepted;
    for (const AttemptId id : attempts) {
        if (const auto found = database_.reported.find(id); found != database_.reported.end())
            accepted.emplace(*found);
    }
    co_await answer("read_reported");
    co_return accepted;
}

Task<std::vector<Suspension>> MemoryOutbox::read_suspensions() {
    co_await arrive("read_suspensions");
    std::vector<Suspension> now;
    for (const Suspension& each : database_.suspensions) {
        if (!each.over(database_.clock.now())) now.push_back(each);
    }
    co_await answer("read_suspensions");
    co_return now;
}

}  // namespace postrider::testing
