#include "tests/bench/measurements.h"
#include "tests/bench/resident_memory.h"
#include "tests/bench/rows.h"
#include "tests/bench/statement_times.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace postrider::bench {

namespace {

/// What is looked at after each hour.
struct Series {
    std::string name;
    std::string unit;
    std::vector<double> hours = {};
};

class Soak {
public:
    Soak(std::string url, const ChildProcess& daemon) : url_(std::move(url)), daemon_(daemon) {
        for (const WatchedStatement& watched : watched_statements)
            series_.push_back({.name = watched.name, .unit = "ms"});
    }

    void begin_hour() { count_statements(url_); }

    void end_hour() {
        const StatementTimes times = statement_times(url_);
        for (std::size_t i = 0; i < times.size(); ++i) series_[i].hours.push_back(times[i].milliseconds);
        note("memory", "MB", resident_memory(daemon_));
        pqxx::connection connection(url_);
        const pqxx::row row = pqxx::nontransaction(connection).exec1(R"(
            select (pg_total_relation_size('postrider.attempt') + pg_total_relation_size('postrider.retry')) / 1024,
                   pg_relation_size('postrider_outgoing_due') / 1024,
                   (select sum(n_dead_tup) from pg_stat_user_tables where schemaname = 'postrider'
                    and relname in ('attempt', 'retry')),
                   (select 100.0 * n_dead_tup / greatest(n_live_tup, 1) from pg_stat_user_tables
                    where relname = 'simple_messaging_outgoingmessage'))");
        note("size of attempt and retry", "KB", row[0].as<double>());
        note("size of the due index", "KB", row[1].as<double>());
        note("dead rows of attempt and retry", "rows", row[2].as<double>());
        note("dead rows of the message table", "%", row[3].as<double>());
    }

    const std::vector<Series>& series() const { return series_; }

private:
    void note(const std::string& name, const std::string& unit, double value) {
        const auto same = [&](const Series& series) { return series.name == name; };
        const auto found = std::find_if(series_.begin(), series_.end(), same);
        if (found != series_.end()) {
            found->hours.push_back(value);
        } else {
            series_.push_back({.name = name, .unit = unit, .hours = {value}});
        }
    }

    std::string url_;
    const ChildProcess& daemon_;
    std::vector<Series> series_;
};

double mean(std::vector<double>::const_iterator begin, std::vector<double>::const_iterator end) {
    return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
}

/// The last hours beside the first.
void add_series(Report& report, const Series& series) {
    const auto edge = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, series.hours.size() / 8));
    const double first = mean(series.hours.begin(), series.hours.begin() + edge);
    const double last = mean(series.hours.end() - edge, series.hours.end());
    Figure figure{.name = "soak, last hours, " + series.name, .value = last, .unit = series.unit};
    if (first > 0) {
        figure.ratio = last / first;
        figure.of = fmt::format("{:.2f} in the first hours", first);
    }
    figure.series = series.hours;
    report.add(std::move(figure));
}

/// A loopback channel that has every so-many-th message tried again; 0: none.
std::string soak_channel(int deferred_every) {
    if (deferred_every == 0) return loopback_channel;
    std::string answers = "deferred";
    for (int i = 1; i < deferred_every; ++i) answers += ", sent";
    return fmt::format("  - {{ name: bench, transport: loopback, default: true, fail: [{}] }}\n", answers);
}

}  // namespace

void measure_soak(Workbench& bench, Report& report, const Day& day) {
    bench.set("shared_preload_libraries", "pg_stat_statements");
    // An hour takes seconds here, and has the vacuuming of as many minutes at the usual pace.
    bench.set("autovacuum_naptime", "1s");
    const std::string url = bench.new_database();
    auto daemon = bench.start_daemon(url, soak_channel(day.deferred_every));
    wait_until_sending(url);
    Soak soak(url, *daemon);
    for (int hour = 0; hour < day.hours; ++hour) {
        soak.begin_hour();
        insert_and_ring(url, day.hour_rows, "bench");
        wait_until_sent(url, *daemon);
        soak.end_hour();
    }
    stop(*daemon);
    require_sent(url, static_cast<long long>(day.hours) * day.hour_rows);
    for (const Series& series : soak.series()) add_series(report, series);
}

}  // namespace postrider::bench
