#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "daemon/run/spooling.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::filesystem::path folder;
};

int look_at_spool(const Options& options) {
    std::filesystem::path folder = options.folder;
    if (folder.empty()) {
        const auto config = read_or_complain(options.file);
        if (!config) return wrong_usage;
        folder = spool_folder(config->spool);
    }
    const SpoolContent content = look_into_spool(folder);
    if (content.results + content.entries == 0) {
        std::cout << fmt::format("{}: empty\n", folder.string());
        return done;
    }
    std::cout << fmt::format("{}: {} results and {} webhooks that the database has not got yet\n",
                             folder.string(), content.results, content.entries);
    return failed;
}

}  // namespace

void add_spool(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("spool", "Say what this host's spool holds: exit code 0 if nothing, 1 if something",
                 [options] { return look_at_spool(*options); });
    add_config_option(command, options->file);
    command->add_option("--folder", options->folder, "The spool's folder (default: the configuration's)");
    command->footer(
        "What is there belongs to the database that the daemon of this host works on, which records it at\n"
        "its next start. Beside a running daemon it may be gone a moment later.");
}

}  // namespace postrider
