#include "tests/conformance/outbox_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cstring>

namespace postrider::testing {

void OutboxTest::replace_daemon() {
    ledger->end(me);
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
}

void OutboxTest::change(MessageId id, const std::function<void(StoredRow&)>& change) {
    StoredRow changed = row(id);
    change(changed);
    ledger->write(id, changed);
}

void OutboxTest::save_stale(MessageId id) {
    change(id, [](StoredRow& row) {
        row.sent_date.reset();
        row.errored = false;
        row.metadata.reset();
    });
}

void OutboxTest::reset(MessageId id) {
    change(id, [](StoredRow& row) {
        row.sent_date.reset();
        row.errored = false;
    });
}

bool OutboxTest::is_sent(MessageId id) {
    const StoredRow found = row(id);
    return found.sent_date && !found.errored;
}

boost::json::value OutboxTest::marker(MessageId id, const std::string& key) {
    return boost::json::parse(row(id).metadata.value()).at("postrider").at(key);
}

std::vector<MessageId> OutboxTest::due_ids(MessageKey after, TimePoint until, std::size_t limit) {
    std::vector<MessageId> ids;
    for (const OutgoingMessage& each : result_of(outbox->read_due(after, until, limit))) {
        ids.push_back(each.key.id);
    }
    return ids;
}

ClaimRequest OutboxTest::request(const OutgoingMessage& message) {
    ClaimRequest request;
    request.message_id = message.key.id;
    request.row_version = message.row_version;
    request.media_count = message.media_count;
    request.last_attempt = message.last_attempt;
    request.channel = "test";
    request.shard = 7;
    std::memcpy(request.conversation.data(), &message.key.id, sizeof message.key.id);
    request.destination = "sealed";
    request.idempotency_key = fmt::format("00000000-0000-4000-8000-{:012}", ++keys_given);
    return request;
}

ClaimRequest OutboxTest::request_knowing(const Claimed& end) {
    ClaimRequest again = request(end.id());
    again.known_end = end.claim.attempt.id;
    return again;
}

OutboxTest::Claimed OutboxTest::claim_it(const ClaimRequest& request) {
    Claimed claimed;
    claimed.message = read(request.message_id);
    claimed.claim = claim({request}).at(0);
    return claimed;
}

OutboxTest::Claimed OutboxTest::claim_part(MessageId id, int part, int parts) {
    ClaimRequest wanted = request(id);
    wanted.part = part;
    wanted.parts = parts;
    return claim_it(wanted);
}

OutboxTest::Claimed OutboxTest::insert_and_claim(const StoredRow& row) {
    return claim_it(request(insert(row)));
}

AttemptResult OutboxTest::result(const Claimed& claimed, Disposition disposition, Outcome outcome) {
    AttemptResult result;
    result.attempt_id = claimed.claim.attempt.id;
    result.message_id = claimed.id();
    result.row_version = claimed.message.row_version;
    result.transmission_metadata = claimed.message.transmission_metadata;
    result.outcome = std::move(outcome);
    result.disposition = disposition;
    result.ended = ledger->now();
    return result;
}

AttemptResult OutboxTest::sent(const Claimed& claimed) {
    return result(claimed, Disposition::sent, Outcome::sent("provider-1", {{"loopback", "yes"}}));
}

AttemptResult OutboxTest::given_up(const Claimed& claimed) {
    return result(claimed, Disposition::given_up, Outcome::failed(Verdict::rejected, "no such number"));
}

AttemptResult OutboxTest::waiting(const Claimed& claimed) {
    AttemptResult waits = result(claimed, Disposition::waiting, Outcome::failed(Verdict::deferred, "busy"));
    waits.retry_at = waits.ended;
    waits.failed_attempts = 1;
    return waits;
}

AttemptResult OutboxTest::next_part(const Claimed& claimed, const std::string& provider_id) {
    return result(claimed, Disposition::next_part, Outcome::sent(provider_id, {{"sids", {provider_id}}}));
}

AttemptResult OutboxTest::in_doubt(const Claimed& claimed) {
    return result(claimed, Disposition::in_doubt, Outcome::failed(Verdict::in_doubt, "no answer"));
}

std::vector<MessageId> OutboxTest::doubtful(std::vector<MessageId> in_hand) {
    std::vector<MessageId> ids;
    for (const Doubt& doubt : doubts(std::move(in_hand))) ids.push_back(doubt.message.id);
    return ids;
}

}  // namespace postrider::testing
