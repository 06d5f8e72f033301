#pragma once

#include "lib/jobs/job_runner.h"

#include <memory>

namespace postrider {

/// Runs commands, each below a supervisor of its own: `program supervise-job …`. A command sees nothing of
/// this process but PATH, LANG, LC_… and TZ of its environment; POSTRIDER_JOB is the job's name. This process
/// becomes the one to which orphans of supervisors that were killed come, and ends them. Built-in tasks are
/// `program NAME -c config_file`, with all of this process's environment.
std::unique_ptr<JobRunner> make_command_runner(std::string program, std::string config_file);

}  // namespace postrider
