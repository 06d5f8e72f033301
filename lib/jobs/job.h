#pragma once

#include "lib/jobs/job_schedule.h"
#include "lib/jobs/misfire.h"
#include "lib/model/private.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postrider {

/// A program of this host.
struct CommandJob {
    std::vector<std::string> command;  ///< what is not a path is looked for in PATH
    std::string user;                  ///< empty: whoever the daemon is
    std::string folder;                ///< empty: /
    std::vector<std::pair<std::string, Secret>> environment;
    bool errors_apart = false;  ///< its standard error is no part of the output
};

/// Statements on the daemon's own database.
struct SqlJob {
    std::string sql;
};

/// A request to a web service; a status of 200 to 299 is success.
struct HttpJob {
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, Secret>> headers;
    std::string body;
};

/// A task that this program has built in, as one of its commands.
struct TaskJob {
    std::string name;                      ///< the command's: `encrypt`, `retention`, `sync`, `backup` …
    std::vector<std::string> arguments{};  ///< behind that: what is below it, and options
};

/// What a job does.
using JobWork = std::variant<CommandJob, SqlJob, HttpJob, TaskJob>;

/// A recurring job, as it is configured.
struct JobDefinition {
    std::string name;
    JobWork work;
    JobSchedule schedule;
    std::string queue = "default";
    std::chrono::milliseconds timeout = std::chrono::hours{1};
    std::chrono::milliseconds kill_after = std::chrono::seconds{3};  ///< from TERM to KILL
    std::chrono::milliseconds jitter{0};  ///< it starts up to so much after its time
    Misfire misfire = Misfire::once;
};

using RunId = long long;

enum class RunStatus {
    success,
    error,        ///< it ended with another exit code than 0, by a signal, or could not be started
    killed,       ///< it was ended at its time-out
    interrupted,  ///< it was ended because its daemon stopped, or was with a daemon that died
};
/// `success`, `error`, `killed`, `interrupted`
std::string_view to_string(RunStatus status);

/// What came of a run.
struct RunResult {
    RunStatus status = RunStatus::error;
    std::string reason;            ///< for the operator; empty for success
    std::string output;            ///< well-formed UTF-8 without zero bytes
    std::string errors;            ///< likewise: standard error, where that is kept apart
    std::optional<int> exit_code;  ///< of a command that ended by itself
    std::string signal;            ///< SIGSEGV, of one that a signal ended
};

}  // namespace postrider
