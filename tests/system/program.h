#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace postrider::testing {

/// What a command came to.
struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// Runs `postrider` with these arguments to its end. `input` is its standard input; `environment` is
/// added to ours, each as NAME=value.
Ran postrider_command(const std::vector<std::string>& arguments, const std::string& input = "",
                      const std::vector<std::string>& environment = {});

/// The same with -c FILE at the end.
Ran postrider_with(const std::filesystem::path& config, std::vector<std::string> arguments);

/// Runs any program.
Ran run_program(const std::vector<std::string>& command, const std::string& input = "",
                const std::vector<std::string>& environment = {});

}  // namespace postrider::testing
