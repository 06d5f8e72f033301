#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace postrider {

/// The children of a process, theirs, and so on, whatever group or session they are in. By /proc.
std::vector<pid_t> descendants_of(pid_t ancestor);

/// Those of our children that are in another session than we are.
std::vector<pid_t> children_in_other_sessions();

/// Processes that began with this in their environment, as NAME=value. Not ourselves.
std::vector<pid_t> processes_with(const std::string& variable);

/// How each process on this host was called: its program and its arguments. Not ourselves.
std::vector<std::vector<std::string>> command_lines();

/// Sends it to all that are there still; returns to how many we may not.
int signal_all(const std::vector<pid_t>& processes, int signal);

/// Ends all descendants of `ancestor` for sure (SIGKILL): they are stopped first, so that none is born
/// meanwhile.
void kill_descendants(pid_t ancestor);

}  // namespace postrider
