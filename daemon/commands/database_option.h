#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace postrider {

/// Adds `--database`: another URL than the configuration's, for the tables' owner.
void add_database_option(CLI::App* command, std::string& setting);

/// The URL that it stands for, which may be named like a secret of the configuration. On a problem, nothing;
/// it is said on standard error then.
std::optional<Secret> read_database_option(const std::string& setting);

}  // namespace postrider
