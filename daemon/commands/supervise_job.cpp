#include "daemon/commands/commands.h"
#include "lib/process/supervisor.h"

#include <CLI/CLI.hpp>
#include <sys/prctl.h>

#include <memory>

namespace postrider {

void add_supervise_job(CommandLine line) {
    struct Options {
        long long timeout_ms = 0;
        long long kill_after_ms = 0;
        SupervisedCommand command;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = line.add(
        "supervise-job", "Run a command and end with all of its processes: the daemon calls it for each run",
        [options] {
            // Where the daemon is not root, the next one finds what is left by its environment; ours is the command's.
            ::prctl(PR_SET_DUMPABLE, 1);
            options->command.timeout = std::chrono::milliseconds{options->timeout_ms};
            options->command.kill_after = std::chrono::milliseconds{options->kill_after_ms};
            return supervise(options->command);
        });
    command->group("");  // nobody else's business
    command->add_option("--timeout", options->timeout_ms, "In milliseconds; 0: none");
    command->add_option("--kill-after", options->kill_after_ms, "In milliseconds, from TERM to KILL");
    command->add_option("--user", options->command.user, "Whose it runs as");
    command->add_option("--folder", options->command.folder, "Where it runs");
    command->add_flag("--errors-apart", options->command.errors_apart,
                      "Report what goes to standard error apart");
    command->add_option("command", options->command.command, "Behind --")->required();
}

}  // namespace postrider
