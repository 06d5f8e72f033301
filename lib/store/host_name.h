#pragma once

#include <string>

namespace postrider {

/// Of this machine, as postrider.daemon has it: whoever asks whether a daemon was here compares by it.
std::string host_name();

/// Whether a process of this number was a daemon of this machine, and is none any more. One with our own number was
/// we in an earlier life, or is gone: in a container all have the same.
bool was_here_and_is_gone(const std::string& host, int process);

}  // namespace postrider
