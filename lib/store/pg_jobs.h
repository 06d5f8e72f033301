#pragma once

#include "lib/jobs/job_store.h"
#include "lib/model/attempt.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>

namespace postrider {

/// In the tables postrider.job and postrider.job_run. `daemon` says which life this process has now (0: none).
std::unique_ptr<JobStore> make_pg_jobs(Database& database, std::function<DaemonId()> daemon);

}  // namespace postrider
