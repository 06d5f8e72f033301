#pragma once

#include "lib/jobs/job_runner.h"
#include "lib/store/database.h"

#include <memory>

namespace postrider {

/// Carries out SQL jobs, each on a connection of its own, with the settings that the role has and not those of
/// our own statements. `database` is for ending them, and outlives it.
std::unique_ptr<JobRunner> make_sql_runner(Executor executor, Database& database, DatabaseSettings settings);

}  // namespace postrider
