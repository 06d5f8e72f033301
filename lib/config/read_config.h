#pragma once

#include "lib/config/config.h"
#include "lib/config/secret_source.h"

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace postrider {

/// A file that is right, and what an operator should know about it all the same.
struct ConfigFile {
    Config config;
    std::vector<Problem> warnings;
};

/// All problems at once, in order of line: an operator mends a file in one pass.
using ConfigResult = boost::system::result<ConfigFile, std::vector<Problem>>;

/// Checks a configuration file's text, and fetches the secrets it names. A channel's transport must be
/// one of `kinds`, which outlive the result. Reads small files: for starting and reloading.
ConfigResult read_config(const std::string& yaml, const TransportKinds& kinds,
                         const Environment& environment = process_environment());

/// The same for a file of at most 1 MiB; one that cannot be read is a problem too.
ConfigResult load_config(const std::filesystem::path& file, const TransportKinds& kinds,
                         const Environment& environment = process_environment());

}  // namespace postrider
