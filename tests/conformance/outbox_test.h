#pragma once

#include "tests/conformance/ledger.h"
#include "tests/support/task_test.h"

#include <boost/json/value.hpp>

namespace postrider::testing {

/// The outbox of a daemon, `me`, that owns all shards. To set `me` to another is to be that one.
struct OutboxTest : TaskTest {
    OutboxTest() { ledger->give_all_shards(me); }
    ~OutboxTest() override { stop(); }

    /// The daemon ends; another has all its shards.
    void replace_daemon();

    MessageId insert(const StoredRow& row = {}) { return ledger->insert(row); }
    StoredRow row(MessageId id) { return ledger->row(id).value(); }
    void change(MessageId id, const std::function<void(StoredRow&)>& change);
    /// Somebody writes what he read before anything was sent.
    void save_stale(MessageId id);
    /// An operator has an errored message sent again.
    void reset(MessageId id);
    bool is_sent(MessageId id);
    /// A key of ours in the row's metadata.
    boost::json::value marker(MessageId id, const std::string& key);

    OutgoingMessage read(MessageId id) { return read_all({id}).at(0); }
    std::vector<OutgoingMessage> read_all(std::vector<MessageId> ids) {
        return result_of(outbox->read(std::move(ids)));
    }
    std::vector<MessageId> due_ids(MessageKey after = {}, TimePoint until = TimePoint::max(),
                                   std::size_t limit = 1000);

    /// What claims `message` as it is, with a key of its own and in a conversation of its own.
    ClaimRequest request(const OutgoingMessage& message);
    ClaimRequest request(MessageId id) { return request(read(id)); }
    std::vector<Claim> claim(std::vector<ClaimRequest> requests) {
        const TimePoint now = ledger->now();
        return claim(std::move(requests), {now, now, TimePoint::min()});
    }
    std::vector<Claim> claim(std::vector<ClaimRequest> requests, ClaimTimes times) {
        return result_of(outbox->claim(std::move(requests), times));
    }
    std::size_t claims_granted(const ClaimRequest& one) { return claim({one}).size(); }

    /// A row, claimed; and what comes of it.
    struct Claimed {
        OutgoingMessage message;
        Claim claim;
        MessageId id() const { return message.key.id; }
    };
    /// What claims a message again, as it is, for somebody who knows that it came to that end.
    ClaimRequest request_knowing(const Claimed& end);
    Claimed claim_it(const ClaimRequest& request);
    Claimed claim_part(MessageId id, int part, int parts);
    Claimed insert_and_claim(const StoredRow& row = {});
    AttemptResult result(const Claimed& claimed, Disposition disposition, Outcome outcome);
    AttemptResult sent(const Claimed& claimed);
    AttemptResult given_up(const Claimed& claimed);
    /// Failed once; may go again at once.
    AttemptResult waiting(const Claimed& claimed);
    AttemptResult next_part(const Claimed& claimed, const std::string& provider_id);
    AttemptResult in_doubt(const Claimed& claimed);
    void record(std::vector<AttemptResult> results) { run(outbox->record(std::move(results))); }

    std::vector<Doubt> doubts(std::vector<MessageId> in_hand = {}) {
        return result_of(outbox->read_doubts(std::move(in_hand)));
    }
    /// Their messages.
    std::vector<MessageId> doubtful(std::vector<MessageId> in_hand = {});
    Evidence evidence(std::vector<std::string> provider_ids, TimePoint since) {
        return result_of(outbox->read_evidence(std::move(provider_ids), since));
    }

    std::unique_ptr<Ledger> ledger = make_ledger(io.get_executor());
    DaemonId me = ledger->new_daemon();
    std::unique_ptr<Outbox> outbox = ledger->outbox([this] { return me; });
    int keys_given = 0;
};

}  // namespace postrider::testing
