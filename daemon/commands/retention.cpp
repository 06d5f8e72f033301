#include "lib/store/retention.h"

#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/backup/media_path.h"
#include "lib/media/media_root.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <system_error>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    bool dry_run = false;
    bool json = false;
};

int forget(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const RetentionRules& rules = config->retention;
    if (rules.empty()) {
        std::cerr
            << "postrider retention: there are no rules: `retention` of the configuration says what is to be "
               "forgotten\n";
        return wrong_usage;
    }
    const std::filesystem::path root = config->media.root;
    const bool files = rules.messages || rules.media;
    // Whoever cannot see the files must not forget which they are.
    if (files && !MediaRoot(root).readable()) {
        std::cerr << fmt::format(
            "postrider retention: media.root ({}) cannot be read here; nothing was changed\n", root.string());
        return failed;
    }
    const RetentionReport report =
        forget_old(database_settings(*config), rules, options.dry_run, [&](const std::string& name) {
            const auto path = media_path(root, name);
            return path && !std::filesystem::is_directory(*path) && std::filesystem::remove(*path);
        });
    if (options.json) {
        std::cout << boost::json::serialize(boost::json::object{{"outgoing", report.outgoing},
                                                                {"incoming", report.incoming},
                                                                {"media", report.media},
                                                                {"files", report.files},
                                                                {"attempts", report.attempts}})
                  << '\n';
    } else {
        std::cout << fmt::format(
            "{}: {} outgoing and {} incoming messages, {} media with {} files, {} attempts\n",
            options.dry_run ? "would be forgotten" : "forgotten", report.outgoing, report.incoming,
            report.media, report.files, report.attempts);
    }
    return done;
}

}  // namespace

void add_retention(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("retention", "Forget messages, media and attempts that are older than `retention` says",
                 [options] { return forget(*options); });
    add_config_option(command, options->file);
    command->add_flag("--dry-run", options->dry_run, "Say how many, and do nothing");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer("As a job: { name: forget, task: retention, cron: \"@daily\", queue: nightly }");
}

}  // namespace postrider
