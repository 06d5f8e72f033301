#pragma once

#include "lib/process/supervisor.h"

#include <sys/types.h>

#include <string>

namespace postrider {

/// A supervisor that runs, and the ends of its pipes, which are ours to close; neither blocks.
struct SupervisorProcess {
    pid_t id = 0;
    int control = -1;  ///< to write to; closed, it ends all
    int report = -1;   ///< to read from
};

/// Starts `program supervise-job …`: a program that calls `supervise` with what the arguments say. It gets
/// nothing of ours: the command's environment, and its two pipes. Throws std::system_error.
SupervisorProcess start_supervisor(const std::string& program, const SupervisedCommand& command);

/// The arguments behind `supervise-job`.
std::vector<std::string> supervisor_arguments(const SupervisedCommand& command);

}  // namespace postrider
