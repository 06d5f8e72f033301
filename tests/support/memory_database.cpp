#include "tests/support/memory_database.h"

#include <cstdlib>

namespace postrider::testing {

MessageId MemoryDatabase::insert(Row row) {
    row.version = ++last_version;
    rows.emplace(++last_message, std::move(row));
    return last_message;
}

AttemptResult MemoryDatabase::insert_sent(DaemonId daemon) {
    const MessageId id = insert({});
    ClaimRequest request;
    request.message_id = id;
    open[id] = {++last_attempt, daemon, request, clock.now(), clock.now()};
    AttemptResult result;
    result.attempt_id = last_attempt;
    result.message_id = id;
    result.outcome = Outcome::sent("SM1", {});
    result.disposition = Disposition::sent;
    result.ended = clock.now();
    return result;
}

void MemoryDatabase::edit(MessageId id, const std::function<void(Row&)>& change) {
    change(rows.at(id));
    rows.at(id).version = ++last_version;
}

OutgoingMessage MemoryDatabase::read(MessageId id) const {
    const Row& row = rows.at(id);
    OutgoingMessage message;
    message.key = {row.send_date, id};
    message.destination = Address(row.destination);
    message.text_too_large = row.text.size() > static_cast<std::size_t>(text_bytes_max);
    if (!message.text_too_large) message.text = Text(row.text);
    message.transmission_metadata = row.metadata;
    message.has_lookup_key = row.lookup_key.has_value();
    message.row_version = std::to_string(row.version);
    message.media_count = row.media_count;
    message.ready = row.ready;
    if (const auto attempt = open.find(id); attempt != open.end()) {
        message.attempt_open = true;
        message.doubt_since = attempt->second.doubt_since;
    }
    if (const auto retry = retries.find(id); retry != retries.end()) {
        message.failed_attempts = retry->second.failed_attempts;
        message.retry_at = retry->second.not_before;
        message.next_part = retry->second.next_part;
        for (const Ended& ended : history) {
            if (message.next_part > 1 && ended.end.id == std::abs(retry->second.attempt_id))
                message.part_metadata = ended.end.metadata;
        }
        message.last_attempt = retry->second.attempt_id;
        message.repeated_key = retry->second.repeated_key;
        message.retried = retry->second.retried;
    }
    return message;
}

const MemoryDatabase::Ended* MemoryDatabase::last_end(MessageId id) const {
    const Ended* last = nullptr;
    for (const Ended& ended : history) {
        if (ended.attempt.request.message_id == id && ended.is_final()) last = &ended;
    }
    return last;
}

std::vector<Hash> MemoryDatabase::accepted_parts(MessageId id) const {
    std::map<int, Hash> by_part;
    for (const Ended& ended : history) {
        if (ended.attempt.request.message_id != id) continue;
        if (ended.end.verdict == Verdict::sent && ended.end.part > 0)
            by_part[ended.end.part] = ended.attempt.request.content_hash;
        if (ended.disposition == Disposition::sent) by_part.clear();
    }
    std::vector<Hash> hashes;
    for (const auto& [part, hash] : by_part) hashes.push_back(hash);
    return hashes;
}

std::vector<Verdict> MemoryDatabase::verdicts(MessageId id) const {
    std::vector<Verdict> verdicts;
    for (const Ended& ended : history) {
        if (ended.attempt.request.message_id == id) verdicts.push_back(ended.end.verdict);
    }
    return verdicts;
}

}  // namespace postrider::testing
