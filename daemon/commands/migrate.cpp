#include "daemon/commands/commands.h"
#include "daemon/commands/database_option.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/migrations.h"
#include "lib/store/migrator.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string database;
    bool print = false;
    bool dry_run = false;
    bool uninstall = false;
    std::string grant;
};

int run_migrate(const Options& options) {
    if (options.print) {
        std::cout << print_migrations();
        return done;
    }
    DatabaseSettings settings;
    MigrateOptions migration;
    migration.dry_run = options.dry_run;
    migration.grant_to = options.grant;
    if (options.database.empty()) {
        const auto config = read_or_complain(options.file);
        if (!config) return wrong_usage;
        settings = database_settings(*config);
        migration.notify = config->database.notify;
        migration.guard = config->database.guard;
    } else {
        if (!use_database_option(options.database, settings.url)) return wrong_usage;
    }
    const auto say = [](const std::string& what) { std::cout << what << '\n'; };
    if (options.uninstall) {
        uninstall(settings, options.dry_run, say);
    } else {
        migrate(settings, migration, say);
    }
    return done;
}

}  // namespace

void add_migrate(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("migrate", "Create or adopt the message tables, and what is ours beside them",
                 [options] { return run_migrate(*options); });
    add_config_option(command, options->file);
    add_database_option(command, options->database);
    auto* print = command->add_flag("--print", options->print, "Print the SQL, and do nothing");
    auto* dry_run =
        command->add_flag("--dry-run", options->dry_run, "Say what is there and what would be done");
    auto* uninstall_flag = command->add_flag("--uninstall", options->uninstall,
                                             "Take away all that is ours; the message tables stay");
    auto* grant =
        command->add_option("--grant", options->grant, "Give this role what the daemon needs, and no more");
    print->excludes(dry_run)->excludes(uninstall_flag)->excludes(grant);
    uninstall_flag->excludes(grant);
    command->footer(
        "Safe to run again, beside a running site and beside another migrate. The first run on a live\n"
        "Simple Messaging database adopts its tables as they are: no column is changed or dropped.");
}

}  // namespace postrider
