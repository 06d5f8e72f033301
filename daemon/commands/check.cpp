#include "daemon/commands/commands.h"
#include "daemon/commands/daemon_status.h"
#include "daemon/configuration.h"
#include "lib/health/status_messages.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string url;
    unsigned timeout_seconds = 10;
};

int as_nagios(const StatusMessage& message, const std::string& said) {
    std::cout << fmt::format("POSTRIDER {} - {}\n", to_string(message.health), said);
    return static_cast<int>(message.health);
}

int check(const Options& options) {
    StatusPlace place{options.url};
    if (place.url.empty()) {
        const auto config = read_or_complain(options.file);
        if (!config)
            return as_nagios(status::check_no_configuration, words<status::check_no_configuration>());
        place = local_status(config->listen);
    }
    const std::string& url = place.url;
    const HttpResult result =
        fetch_status(place, "text/plain", std::chrono::seconds{options.timeout_seconds});
    if (result.exchange != Exchange::answered) {
        return as_nagios(status::check_no_answer, words<status::check_no_answer>(url, result.error));
    }
    const std::string& body = result.answer.body;
    for (Health health : {Health::ok, Health::warning, Health::critical, Health::unknown}) {
        if (!body.starts_with(fmt::format("POSTRIDER {} ", to_string(health)))) continue;
        std::cout << body;
        return static_cast<int>(health);
    }
    return as_nagios(status::check_no_status, words<status::check_no_status>(url, result.answer.status));
}

}  // namespace

void add_check(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("check", "Ask the running daemon how it is, as a Nagios plugin (exit code 0, 1, 2 or 3)",
                 [options] { return check(*options); });
    add_config_option(command, options->file);
    command->add_option("--url", options->url,
                        "Its status URL (default: as the configuration's listen says)");
    command->add_option("--timeout", options->timeout_seconds, "Seconds to wait for it")
        ->check(CLI::Range(1, 300))
        ->capture_default_str();
}

}  // namespace postrider
