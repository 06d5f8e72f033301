#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "daemon/run/service.h"
#include "lib/log/log.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

int run_daemon(const std::filesystem::path& file, DaemonPart part) {
    auto config = read_or_complain(file);
    if (!config) return wrong_usage;
    log::configure(config->log.level, config->log.format);
    boost::asio::io_context io{1};
    Service service(io, file, std::move(*config), part);
    int exit_code = failed;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, service.run(), [&](std::exception_ptr error, int code) {
        failure = error;
        exit_code = code;
    });
    io.run();
    if (failure) {
        log::error("postrider cannot run", {{"error", describe(failure)}});
        return failed;
    }
    return exit_code;
}

}  // namespace

void add_run(CommandLine line) {
    struct Options {
        std::filesystem::path file;
        bool only_jobs = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("run", "Run the daemon, in the foreground", [options] {
        return run_daemon(options->file, options->only_jobs ? DaemonPart::jobs : DaemonPart::all);
    });
    add_config_option(command, options->file);
    command->add_flag("--only-jobs", options->only_jobs,
                      "Run the jobs of the configuration and nothing else: nothing is sent or taken in");
    command->footer(
        "SIGTERM or SIGINT: claim no more, let sends in flight end within 10 s, record, exit. A second one\n"
        "cuts them short. SIGHUP: read the configuration again; a bad file is refused and the old one "
        "stays.");
}

}  // namespace postrider
