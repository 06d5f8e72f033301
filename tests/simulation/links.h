#pragma once

#include "lib/dispatch/result_spool.h"
#include "tests/simulation/provider.h"
#include "tests/simulation/world.h"
#include "tests/support/memory_membership.h"
#include "tests/support/memory_outbox.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::simulation {

/// When it hurts most: between two steps of a reading or a request.
enum class Moment {
    read,        ///< some of the rows have been read, and the daemon does not know yet
    claimed,     ///< it is in the journal, and the daemon does not know yet
    connecting,  ///< nothing of it has left yet
    left,        ///< its bytes have left
    answered,    ///< its answer is here, and not recorded
};

/// What is between one life of a daemon and the rest of the world. Once dead, nothing passes any
/// more: its tasks can then be unwound without anybody noticing.
struct Line {
    Line(World& its_world, testing::ManualClock& steady_clock) : world(its_world), clock(steady_clock) {}

    World& world;
    testing::ManualClock& clock;  ///< the host's steady one: true time
    bool dead = false;
    bool cut = false;  ///< from the database
    /// Says whether trouble lies in wait there: what is on its way then takes long.
    std::function<bool(Moment)> on_moment;

    void check_alive() const;
    /// A request or an answer on its way; throws when the way is broken.
    Task<> travel(bool slowly = false);
};

class SimulatedOutbox final : public Outbox {
public:
    SimulatedOutbox(Executor executor, Line& line, std::function<DaemonId()> daemon)
        : line_(line),
          daemon_(std::move(daemon)),
          inner_(std::move(executor), line.world.database, [this] { return asking_; }) {
        inner_.remembers_claims = false;
    }

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

    /// Requests under way do nothing any more.
    void die() { inner_.away = true; }

private:
    Line& line_;
    std::function<DaemonId()> daemon_;
    DaemonId asking_ = 0;  // whose request arrives: who its daemon was when it left
    testing::MemoryOutbox inner_;
};

class SimulatedMembership final : public MembershipStore {
public:
    SimulatedMembership(Executor executor, Line& line)
        : line_(line), inner_(std::move(executor), line.world.database) {}

    Task<DaemonId> join() override;
    Task<Beat> beat() override;
    Task<> give_back(std::set<int> shards) override;
    Task<> leave() override;

    DaemonId daemon() const { return inner_.daemon(); }
    /// The server notices that the session is gone.
    void end_session();
    void die() { inner_.away = true; }

private:
    Line& line_;
    testing::MemoryMembership inner_;
};

/// The disk of a host, which outlives the daemons on it.
using Disk = std::vector<AttemptResult>;

class SimulatedSpool final : public ResultSpool {
public:
    SimulatedSpool(Executor executor, Line& line, Disk& disk)
        : executor_(std::move(executor)), line_(line), disk_(disk) {}

    Task<> keep(std::vector<AttemptResult> results) override;
    Task<> forget(std::vector<AttemptId> attempts) override;
    Task<std::vector<AttemptResult>> read() override;

private:
    Task<> turn();

    Executor executor_;
    Line& line_;
    Disk& disk_;
};

/// A daemon's way to a provider: connecting, headers, the permit, the body, the answer.
class SimulatedTransport final : public Transport {
public:
    SimulatedTransport(Line& line, Provider& provider, std::size_t units_max)
        : line_(line), provider_(provider), units_max_(units_max) {}

    std::size_t text_units_max() const override { return units_max_; }
    std::chrono::seconds idempotency_window() const override;
    bool keeps_records() const override { return provider_.kind() == Kind::keeps_records; }
    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) override;
    Task<std::vector<ProviderRecord>> records(RecordQuery query) override;

private:
    Task<Outcome> send_one(PreparedRequest request, const Permit& permit);
    void check_right(const PreparedRequest& request) const;

    Line& line_;
    Provider& provider_;
    std::size_t units_max_;
};

}  // namespace postrider::simulation
