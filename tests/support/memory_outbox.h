#pragma once

#include "lib/dispatch/outbox.h"
#include "tests/support/gate.h"
#include "tests/support/memory_database.h"

#include <functional>
#include <string_view>

namespace postrider::testing {

/// A daemon's link to the ledger in memory, with the semantics of the real store. Can be told to
/// fail as a database does: before it has done anything, or after, its answer lost.
class MemoryOutbox final : public Outbox {
public:
    MemoryOutbox(Executor executor, MemoryDatabase& database, std::function<DaemonId()> daemon);

    Task<std::vector<OutgoingMessage>> read_due(MessageKey after, TimePoint until,
                                                std::size_t limit) override;
    Task<std::vector<OutgoingMessage>> read(std::vector<MessageId> ids) override;
    Task<std::map<MessageId, std::vector<Media>>> read_media(std::vector<MessageId> ids) override;
    Task<std::vector<Claim>> claim(std::vector<ClaimRequest> requests, ClaimTimes times) override;
    Task<> withdraw(std::vector<std::string> idempotency_keys) override;
    Task<> record(std::vector<AttemptResult> results) override;
    Task<std::vector<Doubt>> read_doubts(std::vector<MessageId> in_hand) override;
    Task<Evidence> read_evidence(std::vector<std::string> provider_ids, TimePoint since) override;
    Task<std::map<AttemptId, Outcome>> read_reported(std::vector<AttemptId> attempts) override;
    Task<std::vector<Suspension>> read_suspensions() override;

    /// Called when a request arrives, by the name of the call: what others do just before.
    std::function<void(std::string_view call)> on_arrival;
    /// Each call fails while set.
    bool away = false;
    /// So many calls of that name do their work and then fail.
    std::map<std::string, int, std::less<>> lose_answers;
    /// Where the answers of `read_due` and `claim` wait, their work done; and requests to `record`.
    Gate read_answers;
    Gate claim_answers;
    Gate record_requests;
    /// Results of these messages are refused: the batch that holds one fails as a whole.
    std::set<MessageId> poisoned;
    /// And all that bring more than their outcome.
    bool refuses_values = false;
    std::map<std::string, int, std::less<>> calls;
    std::vector<std::vector<ClaimRequest>> claims_asked;
    bool remembers_claims = true;

private:
    Task<> arrive(std::string_view call);
    Task<> answer(std::string_view call);
    bool may_claim(const ClaimRequest& request, DaemonId daemon, ClaimTimes times) const;
    void close(const AttemptResult& result);
    void add_evidence(const AttemptResult& result);
    void keep_waiting(const AttemptResult& result, const MemoryDatabase::Attempt& attempt);
    std::vector<EndedAttempt> earlier_of(const EndedAttempt& own) const;
    void write(const AttemptResult& result, const EndedAttempt& own);

    Executor executor_;
    MemoryDatabase& database_;
    std::function<DaemonId()> daemon_;
};

}  // namespace postrider::testing
