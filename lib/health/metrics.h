#pragma once

#include "lib/health/report.h"
#include "lib/model/outcome.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace postrider {

/// What is measured of one channel's messages. Any thread.
class ChannelMeter {
public:
    virtual ~ChannelMeter() = default;
    /// A message was claimed for the first time, so long after it was due.
    virtual void claimed(std::chrono::microseconds after_due) = 0;
    /// A request came to an end.
    virtual void requested(Verdict outcome, std::chrono::microseconds after_claim) = 0;
    /// A provider accepted the first request of a message at the first try, so long after it was due.
    virtual void accepted(std::chrono::microseconds after_due) = 0;
    /// A message came to its end.
    virtual void sent() = 0;
    virtual void given_up() = 0;
    /// It waits for another try.
    virtual void waits_again() = 0;
    /// A provider reported a request as delivered, so long after it had accepted it.
    virtual void delivered(std::chrono::microseconds after_acceptance) = 0;
};

/// What is measured of this process, for Prometheus. Names and meanings: docs/metrics.md. Counts begin with the
/// process. Any thread, unless it says otherwise.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// Lives as long as the metrics. Loop thread only.
    ChannelMeter& channel(const std::string& name);
    /// So many things that webhooks brought to a channel ("": to none), by what each was (`message`, `report`, or
    /// `unknown`) and what became of it (metrics.md lists both). 0: to be there from the start. Loop thread only.
    void webhooks(const std::string& channel, std::string_view kind, std::string_view result,
                  std::size_t count);
    /// A run of a job, or of a task of the site, ended so. Loop thread only.
    void job_ran(const std::string& job, std::string_view status, std::chrono::nanoseconds took);
    /// A call of the database waited for a thread, and then took its time.
    void database_call(std::chrono::nanoseconds waited, std::chrono::nanoseconds took);
    /// The loop came so late to what it was to do.
    void loop_was_late(std::chrono::nanoseconds by);

    /// All of it and what the checks say, in Prometheus' text format (version 0.0.4).
    std::string text(const Report& report) const;

private:
    struct Families;
    std::unique_ptr<Families> families_;
    std::map<std::string, std::unique_ptr<ChannelMeter>> channels_;
};

}  // namespace postrider
