#include "daemon/commands/action_results.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/moment.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/message_actions.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    MessageActions::Ids ids;
    MessageActions::Errored errored;
    bool in_doubt = false;
    bool dry_run = false;
    bool json = false;

    bool selects() const {
        return !errored.channel.empty() || !errored.since.empty() || !errored.error_code.empty();
    }
};

int retry(const Options& options) {
    if (options.ids.empty() == !options.selects()) {
        std::cerr << "postrider retry: name messages, or say which by --channel, --since, --error\n";
        return wrong_usage;
    }
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    MessageActions actions(database_settings(*config), config->encryption);
    MessageActions::Errored wanted = options.errored;
    wanted.since = moment_of(wanted.since);
    const MessageActions::Ids ids = options.selects() ? actions.find_errored(wanted) : options.ids;
    if (options.dry_run) {
        std::cout << fmt::format("{} messages; nothing was changed\n", ids.size());
        return done;
    }
    if (ids.empty() && !options.json) {
        std::cout << "no errored message is like that\n";
        return done;
    }
    const int exit_code = report_results(actions.retry(ids, options.in_doubt), options.json);
    // What was found, not named, may have some that are better left; they are told of.
    return options.selects() ? done : exit_code;
}

}  // namespace

void add_retry(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("retry", "Send errored messages again, or waiting ones at once",
                                 [options] { return retry(*options); });
    add_config_option(command, options->file);
    command->add_option("ID", options->ids, "Ids of messages");
    command->add_option("--channel", options->errored.channel, "Errored messages of this channel");
    command->add_option("--since", options->errored.since,
                        "Errored messages given up since: anything PostgreSQL reads as a time, or a duration "
                        "such as 2h");
    command->add_option("--error", options->errored.error_code,
                        "Errored messages with this code of the provider, such as 30003");
    command->add_flag("--in-doubt", options->in_doubt,
                      "Also those that ended in doubt: if they did arrive, they arrive twice");
    command->add_flag("--dry-run", options->dry_run, "Say how many, and do nothing");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer(
        "Of --channel, --since and --error all that are given must hold. A message in several parts goes "
        "on\nwith the first that was not accepted; its time to expire counts anew.");
}

}  // namespace postrider
