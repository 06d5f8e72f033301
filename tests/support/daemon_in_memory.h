#pragma once

#include "lib/dispatch/dispatcher.h"
#include "tests/support/clock_test.h"
#include "tests/support/fixed_random.h"
#include "tests/support/memory_membership.h"
#include "tests/support/memory_outbox.h"
#include "tests/support/scripted_transport.h"

#include <deque>
#include <map>
#include <memory>
#include <string>

namespace postrider::testing {

/// A provider's channel, and the transport behind it.
using Providers = std::map<std::string, std::shared_ptr<ScriptedTransport>>;

/// The whole way out of one daemon, on a ledger in memory that it may share with others.
struct DaemonInMemory {
    DaemonInMemory(Executor executor, MemoryDatabase& database, ManualClock& clock, DispatchSettings settings,
                   LaneLimits limits, ResultSpool* spool)
        : link(executor, database),
          outbox(executor, database, [this] { return link.daemon(); }),
          dispatcher({executor, clock, random, outbox, link, privacy,
                      [&clock] { return clock.now().time_since_epoch(); }, spool},
                     std::move(settings), {}, limits) {}

    FixedRandom random;
    Privacy privacy{std::nullopt, Secret("salt")};
    MemoryMembership link;
    MemoryOutbox outbox;
    Dispatcher dispatcher;
};

/// Daemons, their database and their providers.
struct DaemonTest : ClockTest {
    ~DaemonTest() override {
        for (DaemonInMemory& daemon : daemons) {
            daemon.link.away = daemon.outbox.away = false;
            stop_now(daemon);
        }
        stop();
    }

    /// A channel, and the transport behind it, which it keeps when asked for again.
    ChannelSetup channel(const std::string& name) {
        auto& transport = providers[name];
        if (!transport) transport = std::make_shared<ScriptedTransport>(io.get_executor());
        ChannelSetup setup;
        setup.channel.name = name;
        setup.transport = transport;
        return setup;
    }
    ScriptedTransport& provider(const std::string& name = "sms") {
        channel(name);
        return *providers.at(name);
    }

    DaemonInMemory& add_daemon() {
        DispatchSettings with = settings;
        if (with.channels.empty()) with.channels.push_back(channel("sms"));
        const unsigned long long uuids = 1000000 * daemons.size();
        daemons.emplace_back(io.get_executor(), database, clock, std::move(with), limits, spool);
        daemons.back().random.uuids = uuids;
        return daemons.back();
    }
    DaemonInMemory& start_daemon() {
        DaemonInMemory& daemon = add_daemon();
        daemon.dispatcher.start();
        settle();
        return daemon;
    }

    Task<> stop_within(Dispatcher& dispatcher, std::chrono::milliseconds grace) {
        co_await dispatcher.stop(grace);
        ++stopped;
    }
    /// Also what a process that dies does, as seen from outside.
    void stop_now(DaemonInMemory& daemon) {
        if (!ended.insert(&daemon).second) return;
        group.spawn("stop", stop_within(daemon.dispatcher, std::chrono::milliseconds{0}));
        pass(std::chrono::seconds{30});
    }

    MessageId insert(std::string text, std::string to = "a", std::chrono::milliseconds due_in = {}) {
        MemoryDatabase::Row row;
        row.text = std::move(text);
        row.destination = std::move(to);
        row.send_date = clock.now() + due_in;
        row.ready = true;
        const MessageId id = database.insert(std::move(row));
        ring(id);
        return id;
    }
    /// What the doorbell does when a row has come or changed.
    void ring(MessageId id) {
        for (DaemonInMemory& daemon : daemons)
            daemon.dispatcher.intake().ring(database.rows.at(id).send_date);
    }
    void edit(MessageId id, const std::function<void(MemoryDatabase::Row&)>& change) {
        database.edit(id, change);
        ring(id);
    }
    const MemoryDatabase::Row& row(MessageId id) const { return database.rows.at(id); }
    bool is_sent(MessageId id) const { return row(id).sent_date && !row(id).errored; }
    /// How often a request with this text has left, through any channel.
    std::size_t times_left(const std::string& text) const {
        std::size_t times = 0;
        for (const auto& [name, transport] : providers) {
            for (const std::string& each : transport->texts()) times += each == text ? 1 : 0;
        }
        return times;
    }

    MemoryDatabase database{clock};
    Providers providers;
    DispatchSettings settings;  ///< of daemons that are added; without channels: one, `sms`
    LaneLimits limits;
    ResultSpool* spool = nullptr;  ///< of daemons that are added
    std::deque<DaemonInMemory> daemons;
    std::set<DaemonInMemory*> ended;
    int stopped = 0;
};

}  // namespace postrider::testing
