#pragma once

#include "lib/process/child_process.h"
#include "lib/store/private_postgres.h"
#include "tests/support/twilio_imitation.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postrider::bench {

using Seconds = std::chrono::duration<double>;

/// A PostgreSQL that waits for its disk, and daemons on databases of it: what every measurement
/// stands on.
class Workbench {
public:
    Workbench();

    /// A fresh migrated database; its conninfo.
    std::string new_database();

    /// The daemon on that database, until the object goes; `channels` is the YAML of the list.
    std::unique_ptr<ChildProcess> start_daemon(const std::string& url, const std::string& channels);

    const std::filesystem::path& folder() const { return postgres_.folder(); }

private:
    PrivatePostgres postgres_;
    int databases_ = 0;
};

/// The YAML of a channel at that provider, the default one; `more`: further keys.
std::string twilio_channel(const std::string& name, const testing::TwilioImitation& provider,
                           const std::string& more = "concurrency: 8");

/// Waits until `url`'s daemon owns its shards.
void wait_until_sending(const std::string& url);

/// SQL for `count` rows that are due, from destination to metadata, as a site would write them; $1 is
/// the count, $2 the channel.
extern const char* const due_rows_sql;

/// Inserts `count` rows that are due, for that channel, without telling anybody.
void insert_due_rows(const std::string& url, int count, const std::string& channel);

/// Waits until so many attempts have been recorded; throws if the daemon ends before.
void wait_until_recorded(const std::string& url, int attempts, ChildProcess& daemon);

/// Of all that was sent, from the first claim to the last record, by the database's clock.
double sent_per_second(const std::string& url);

/// What is printed of many durations.
struct Percentiles {
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
    double max = 0;
};
Percentiles percentiles(std::vector<double> values);

}  // namespace postrider::bench
