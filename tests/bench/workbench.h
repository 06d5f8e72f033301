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

    /// Drops all databases so far, so that vacuuming them does not slow down what is measured next.
    void drop_databases();

    /// A daemon on that database, until the object goes; `channels` is the YAML of the list. `port`: where it
    /// listens; 0: anywhere.
    std::unique_ptr<ChildProcess> start_daemon(const std::string& url, const std::string& channels,
                                               int port = 0);

    /// A setting of the server, from now on: it is started anew where that takes it.
    void set(const std::string& setting, const std::string& value);

    const std::filesystem::path& folder() const { return postgres_.folder(); }

private:
    PrivatePostgres postgres_;
    std::vector<std::string> databases_;
    int made_ = 0;  // databases, dropped ones too
    int daemons_ = 0;
};

/// The YAML of a channel at that provider, the default one; `more`: further keys.
std::string twilio_channel(const std::string& name, const testing::TwilioImitation& provider,
                           const std::string& more = "concurrency: 8");

/// Throws unless that provider has taken so many messages in all.
void require_accepted(const testing::TwilioImitation& provider, std::size_t messages);

/// Waits until that many daemons of `url` have divided the shards among themselves.
void wait_until_sending(const std::string& url, int daemons = 1);

/// A channel that keeps its messages to itself, the default one.
extern const char* const loopback_channel;

/// Ends a daemon as an operator would; throws if it does not end well.
void stop(ChildProcess& daemon);

/// What is printed of many durations.
struct Percentiles {
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
    double max = 0;
};
Percentiles percentiles(std::vector<double> values);

}  // namespace postrider::bench
