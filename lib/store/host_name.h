#pragma once

#include <string>

namespace postrider {

/// Of this machine, as postrider.daemon has it: whoever asks whether a daemon was here compares by it.
std::string host_name();

}  // namespace postrider
