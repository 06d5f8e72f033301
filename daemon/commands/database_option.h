#pragma once

#include "lib/model/private.h"

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace postrider {

/// Adds `--database`: another URL than the configuration's, for the tables' owner.
void add_database_option(CLI::App* command, std::string& setting);

/// The URL that it stands for, which may be named like a secret of the configuration, in place of `url`; where it was
/// not given, that stays. False on a problem, which is said on standard error then.
bool use_database_option(const std::string& setting, Secret& url);

}  // namespace postrider
