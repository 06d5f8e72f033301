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

int run_daemon(const std::filesystem::path& file) {
    auto config = read_or_complain(file);
    if (!config) return wrong_usage;
    log::configure(config->log.level, config->log.format);
    boost::asio::io_context io{1};
    Service service(io, file, std::move(*config));
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
    auto file = std::make_shared<std::filesystem::path>();
    CLI::App* command =
        line.add("run", "Run the daemon, in the foreground", [file] { return run_daemon(*file); });
    add_config_option(command, *file);
    command->footer(
        "SIGTERM or SIGINT: claim no more, let sends in flight end within 10 s, record, exit. A second one\n"
        "cuts them short. SIGHUP: read the configuration again; a bad file is refused and the old one "
        "stays.");
}

}  // namespace postrider
