#pragma once

#include "lib/dispatch/lane.h"
#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"
#include "tests/support/memory_membership.h"
#include "tests/support/memory_outbox.h"
#include "tests/support/scripted_transport.h"

#include <memory>
#include <string>
#include <vector>

namespace postrider::testing {

/// One lane on the ledger in memory, with a daemon that owns all shards. In Intake's place, rows
/// that the lane gives back are offered to it again, as they are.
struct LaneTest : ClockTest {
    LaneTest() { channel.name = "sms"; }
    ~LaneTest() override {
        group.cancel();  // first of all the lane's run(): it would start what fits into freed slots
        settle();
        if (lane) lane->cut();
        settle();
        stop();
    }

    /// To be called once `channel` and `limits` are as the test wants them.
    void start() {
        membership = std::make_unique<Membership>(
            store, clock,
            Membership::Hooks{[this] {
                                  if (lane) lane->on_shards_changed();
                              },
                              [this](int shard) { return lane && lane->in_flight(shard); }},
            MembershipTimes{}, [this] { return since_boot; });
        lane = std::make_unique<Lane>(
            channel, transport,
            LaneParts{io.get_executor(), clock, random, outbox, recorder, *preparer, *membership,
                      shared_rates,
                      [this](OutgoingMessage row, TimePoint first_seen, TimePoint not_before) {
                          readmitted.push_back(row.key.id);
                          if (readmits) offer(std::move(row), first_seen, not_before);
                      },
                      [this] { ++rooms; }, [this] { ++doubts; }},
            limits);
        group.spawn("membership", membership->run());
        group.spawn("recorder", recorder.run());
        group.spawn("lane", lane->run());
        settle();
    }

    /// Inserts a message, due now unless told, to destination `to`.
    MessageId insert(std::string text, std::string to = "a", std::chrono::milliseconds due_in = {}) {
        MemoryDatabase::Row row;
        row.text = std::move(text);
        row.destination = std::move(to);
        row.send_date = clock.now() + due_in;
        return database.insert(std::move(row));
    }
    /// Offers a row as it is now, like Intake.
    void offer(MessageId id) {
        OutgoingMessage row = database.read(id);
        const TimePoint at = row.key.send_date;
        offer(std::move(row), clock.now(), at);
    }
    void offer(OutgoingMessage row, TimePoint first_seen, TimePoint not_before) {
        Waiting waiting;
        waiting.destination = row.destination;
        waiting.conversation = privacy.hash()("conversation", row.destination.reveal());
        waiting.recipient = waiting.conversation;
        waiting.shard = waiting.conversation[0] % shards_max;
        waiting.first_seen = first_seen;
        waiting.not_before = std::max(not_before, row.key.send_date);
        waiting.refusal = refusal;
        waiting.message = std::move(row);
        lane->offer(std::move(waiting));
    }
    MessageId insert_and_offer(std::string text, std::string to = "a",
                               std::chrono::milliseconds due_in = {}) {
        const MessageId id = insert(std::move(text), std::move(to), due_in);
        offer(id);
        return id;
    }

    /// Each to a destination of its own.
    void insert_many(int count, const std::string& name = "m") {
        for (int i = 0; i < count; ++i)
            insert_and_offer(name + std::to_string(i), "to " + name + std::to_string(i));
    }

    const MemoryDatabase::Row& row(MessageId id) const { return database.rows.at(id); }
    bool is_sent(MessageId id) const { return row(id).sent_date && !row(id).errored; }
    int claims() { return outbox.calls["claim"]; }
    /// Nothing of a message is left over: neither in the lane nor in the journal.
    bool is_clean() const { return lane->backlog().due == 0 && database.open.empty(); }

    Channel channel;
    LaneLimits limits;
    MemoryDatabase database{clock};
    MemoryMembership store{io.get_executor(), database};
    MemoryOutbox outbox{io.get_executor(), database, [this] { return store.daemon(); }};
    FixedRandom random;
    Privacy privacy{std::nullopt, Secret("salt")};
    Recorder recorder{io.get_executor(), outbox, clock};
    std::unique_ptr<Preparer> preparer = std::make_unique<Preparer>(privacy);
    std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>(io.get_executor());
    SinceBoot since_boot = std::chrono::seconds{100};
    std::optional<std::string> refusal;
    bool readmits = true;
    std::vector<MessageId> readmitted;
    int rooms = 0;
    int doubts = 0;
    SharedRates shared_rates;
    std::unique_ptr<Membership> membership;
    std::unique_ptr<Lane> lane;
};

}  // namespace postrider::testing
