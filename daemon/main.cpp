#include "daemon/commands/commands.h"
#include "daemon/exit_code.h"
#include "lib/store/database.h"

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace {

/// Secrets and what is being sent are in our memory, and must not come to a disk with it, nor to another process:
/// jobs of the daemon's own user could read its memory and its environment otherwise.
void close_memory() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

int run(int argc, char** argv) {
    using namespace postrider;
    CLI::App app{"Sends scheduled messages from PostgreSQL, the moment they are due, and never twice."};
    app.name("postrider");
    app.require_subcommand(0, 1);  // so that an unknown one is named, not just missed
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.footer(
        "`postrider COMMAND --help` tells more. Exit codes: 0 done, 1 failed, 2 wrong usage or "
        "configuration.");
    Action chosen;
    const CommandLine line{app, chosen};
    add_run(line);
    add_migrate(line);
    add_check_config(line);
    add_check(line);
    add_send(line);
    add_messages(line);
    add_retry(line);
    add_cancel(line);
    add_channels(line);
    add_suppressions(line);
    add_sync(line);
    add_forwards(line);
    add_jobs(line);
    add_media(line);
    add_spool(line);
    add_receive(line);
    add_lookup(line);
    add_encrypt(line);
    add_export(line);
    add_backup(line);
    add_restore(line);
    add_retention(line);
    add_generate_key(line);
    add_demo(line);
    add_convert_image(line);
    add_supervise_job(line);
    add_describe(line);
    add_version(line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : wrong_usage;
    }
    if (!chosen) {
        std::cerr << app.help();
        return wrong_usage;
    }
    return chosen();
}

}  // namespace

int main(int argc, char** argv) {
    close_memory();
    std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error return, not our end
    try {
        return run(argc, argv);
    } catch (const postrider::DatabaseSetupError& error) {
        std::cerr << "postrider: " << error.what() << '\n';
        return postrider::wrong_usage;
    } catch (const std::exception& error) {
        std::cerr << "postrider: " << error.what() << '\n';
        return postrider::failed;
    }
}
