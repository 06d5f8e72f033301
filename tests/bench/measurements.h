#pragma once

#include "tests/bench/report.h"
#include "tests/bench/workbench.h"

namespace postrider::bench {

/// Rows that are due when the daemon comes, on a loopback channel, beside what PostgreSQL alone does.
void measure_throughput(Workbench& bench, Report& report, int rows);

/// So many messages through a provider that takes 50 ms, at so many calls at once.
void measure_http(Workbench& bench, Report& report, int calls, int rows);

/// One message at a time on an idle machine, until the provider has it: inserted due (from just before
/// the INSERT) and scheduled half a second ahead (from their send date).
void measure_idle_lag(Workbench& bench, Report& report, int messages);

/// A channel with so many due rows that it drains at 200/s, a dead one with so many waiting for another
/// try, and a healthy one, whose lag is measured for so many messages, one each 50 ms.
struct Neighbours {
    int backlog = 0;
    int retries = 0;
    int messages = 0;
};
void measure_neighbours(Workbench& bench, Report& report, const Neighbours& neighbours);

/// What a daemon with nothing to do keeps in memory beside so many future rows each, and how long it
/// takes from its start to its first send there; and the same with so many rows due on one channel.
/// `quiet`: it is idle when its memory has not grown for that long.
struct Memory {
    std::vector<int> future;
    int due = 0;
    std::chrono::milliseconds quiet{};
};
void measure_memory(Workbench& bench, Report& report, const Memory& memory);

/// So many rows through each of these numbers of daemons on one database, on a loopback channel.
void measure_daemons(Workbench& bench, Report& report, const std::vector<int>& fleets, int rows);

/// What the daemon replaces: one connection that saves every row before and after it is sent, for so many
/// rows; and so many by loopback.
struct Baseline {
    int one_by_one = 0;
    int loopback = 0;
};
void measure_baseline(Workbench& bench, Report& report, const Baseline& rows);

/// A steady inflow of so many rows a second on one channel, for so many seconds: how late they are.
struct Load {
    int rate = 0;
    int seconds = 0;
    int rows() const { return rate * seconds; }
};
void measure_load(Workbench& bench, Report& report, const Load& load);

/// How long the daemon's own statements take beside so many sent rows each, when so many rows become due
/// at once, so many times.
struct History {
    std::vector<int> old;
    int at_once = 0;
    int times = 0;
};
void measure_history(Workbench& bench, Report& report, const History& history);

/// So many webhooks over so many connections, each with one at a time: how many a second are stored and
/// answered, and how long each takes; beside as many rows that are inserted in a transaction each.
struct Webhooks {
    int count = 0;
    int connections = 0;
};
void measure_webhooks(Workbench& bench, Report& report, const Webhooks& webhooks);

/// How long it takes to find the requests that so many delivery reports are about, beside so many old ones
/// each.
struct Reports {
    std::vector<int> old;
    int count = 0;
};
void measure_reports(Workbench& bench, Report& report, const Reports& reports);

/// A day in quick motion: so many hours of so many rows, each hour's due at once, and every so-many-th
/// tried again (0: none).
struct Day {
    int hours = 0;
    int hour_rows = 0;
    int deferred_every = 0;
};
void measure_soak(Workbench& bench, Report& report, const Day& day);

}  // namespace postrider::bench
