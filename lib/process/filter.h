#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace postrider {

/// What a command made of its input.
struct Filtered {
    int status = -1;  ///< its exit status, or 128 + the number of the signal that ended it
    std::string output;
    bool too_much = false;  ///< it wrote more than it may, and was ended
};

/// Runs a command to its end, with a file as its standard input, and returns what it writes. It gets nothing
/// else of ours: no environment, no open file. One that writes more than `output_max` is ended (SIGKILL).
/// Blocking; any thread. Throws std::system_error when it cannot be started, or the file cannot be read.
Filtered run_filter(std::vector<std::string> command, const std::filesystem::path& input,
                    std::size_t output_max);

}  // namespace postrider
