#pragma once

namespace postrider {

/// What every command says to its caller; `check` follows Nagios instead.
enum ExitCode : int {
    done = 0,
    failed = 1,
    wrong_usage = 2,  ///< of the command line, the configuration or the database's set-up
};

}  // namespace postrider
