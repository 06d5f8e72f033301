#include "tests/integration/outbox_loop_test.h"

#include <cstring>

namespace postrider::testing {

DaemonId OutboxLoopTest::new_daemon() {
    return db.number(
        "insert into postrider.daemon (host, process, version) values ('here', 1, 'test') returning id");
}

MessageId OutboxLoopTest::insert(const std::string& set) {
    const auto id = db.number(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date) "
        "values ('+15550100', 'hello', now() - interval '1 second') returning id");
    if (!set.empty()) change(id, set);
    return id;
}

void OutboxLoopTest::change(MessageId id, const std::string& set) {
    db.sql("update simple_messaging_outgoingmessage set " + set + " where id = $1", id);
}

std::vector<MessageId> OutboxLoopTest::due_ids(MessageKey after, TimePoint until, std::size_t limit) {
    std::vector<MessageId> ids;
    for (const OutgoingMessage& each : result_of(outbox->read_due(after, until, limit))) {
        ids.push_back(each.key.id);
    }
    return ids;
}

ClaimRequest OutboxLoopTest::request(const OutgoingMessage& message) {
    ClaimRequest request;
    request.message_id = message.key.id;
    request.row_version = message.row_version;
    request.media_count = message.media_count;
    request.last_attempt = message.last_attempt;
    request.channel = "test";
    request.shard = 7;
    // Each message in a conversation of its own, unless a test says otherwise.
    std::memcpy(request.conversation.data(), &message.key.id, sizeof message.key.id);
    request.destination = "sealed";
    request.idempotency_key = fmt::format("00000000-0000-4000-8000-{:012}", ++keys);
    return request;
}

OutboxLoopTest::Claimed OutboxLoopTest::insert_and_claim(const std::string& set) {
    Claimed claimed;
    claimed.message = read(insert(set));
    claimed.claim = claim({request(claimed.message)}).at(0);
    return claimed;
}

AttemptResult OutboxLoopTest::result(const Claimed& claimed, Disposition disposition, Outcome outcome) {
    AttemptResult result;
    result.attempt_id = claimed.claim.attempt.id;
    result.message_id = claimed.message.key.id;
    result.row_version = claimed.message.row_version;
    result.transmission_metadata = claimed.message.transmission_metadata;
    result.outcome = std::move(outcome);
    result.disposition = disposition;
    result.ended = db.now();
    return result;
}

AttemptResult OutboxLoopTest::sent(const Claimed& claimed) {
    return result(claimed, Disposition::sent, Outcome::sent("provider-1", {{"loopback", "yes"}}));
}

}  // namespace postrider::testing
