#pragma once

#include "lib/model/private.h"

#include <boost/system/result.hpp>

#include <functional>
#include <optional>
#include <string>

namespace postrider {

/// Looks an environment variable up.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// That of this process.
Environment process_environment();

/// Why there is no secret, for an operator; never any of its bytes.
struct SecretFault {
    std::string what;
};

/// The secret that a setting stands for: itself, or `env:NAME`, `file:/path` or `credential:NAME` (a
/// file of systemd's in $CREDENTIALS_DIRECTORY). One newline at the end of a file does not count.
/// Nothing empty and nothing above 64 KiB is a secret. Reads files: for starting and reloading.
boost::system::result<Secret, SecretFault> read_secret(const std::string& setting,
                                                       const Environment& environment);

}  // namespace postrider
