#pragma once

#include "lib/async/wakeup.h"
#include "lib/jobs/job.h"

#include <string>

namespace postrider {

/// Carries out one run of a job.
class JobRunner {
public:
    virtual ~JobRunner() = default;
    /// Ends within the job's time-out and what its `kill_after` adds; sooner if `stop` rings: then with
    /// `interrupted`. When it is back, nothing of the run is left. Throws for bugs only. Job and wake-up
    /// outlive the await.
    virtual Task<RunResult> run(const JobDefinition& job, std::string key, Wakeup& stop) = 0;
    /// Ends what a daemon of this host that has died left of the run with this key.
    virtual void sweep(const std::string& key) = 0;
};

}  // namespace postrider
