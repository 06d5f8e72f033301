#include "daemon/commands/action_results.h"
#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/message_actions.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    MessageActions::Ids ids;
    std::string reason;
    bool json = false;
};

int cancel(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    MessageActions actions(database_settings(*config), config->encryption);
    return report_results(actions.cancel(options.ids, options.reason), options.json);
}

}  // namespace

void add_cancel(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("cancel", "Give up messages that have not left: they end errored",
                                 [options] { return cancel(*options); });
    add_config_option(command, options->file);
    command->add_option("ID", options->ids, "Ids of messages")->required();
    command->add_option("--reason", options->reason, "Why: it is written to the messages' metadata");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "What is being sent, or in doubt, cannot be cancelled: it is said, and the exit code is 1. "
        "`postrider retry` undoes it.");
}

}  // namespace postrider
