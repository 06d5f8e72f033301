#include "lib/health/check.h"

#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "lib/net/http_client.h"
#include "lib/net/server_certificate.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
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

int as_nagios(Health health, const std::string& text) {
    std::cout << fmt::format("POSTRIDER {} - {}\n", to_string(health), text);
    return static_cast<int>(health);
}

/// Where the configured daemon answers, as seen from this host.
std::string local_status_url(const ListenConfig& listen) {
    std::string host = listen.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return fmt::format("{}://{}:{}/status", listen.tls ? "https" : "http", host, listen.port);
}

/// Its certificate names no address of this host, but we know its key; empty without TLS.
std::string own_key(const ListenConfig& listen) {
    if (!listen.tls) return "";
    const auto certificate = read_server_certificate(*listen.tls);
    return certificate ? (*certificate)->key_pin() : "";
}

HttpResult fetch(const std::string& url, const std::string& pinned_key, unsigned timeout_seconds) {
    boost::asio::io_context io{1};
    const auto http = make_http_client(io.get_executor());
    HttpRequest request;
    request.url = url;
    request.pinned_key = pinned_key;
    request.timeout = std::chrono::seconds{timeout_seconds};
    HttpResult result;
    boost::asio::co_spawn(io, http->send(std::move(request)),
                          [&](std::exception_ptr error, HttpResult answer) {
                              if (error) answer.error = describe(error);
                              result = std::move(answer);
                          });
    io.run();
    return result;
}

int check(const Options& options) {
    std::string url = options.url;
    std::string pinned_key;
    if (url.empty()) {
        const auto config = read_or_complain(options.file);
        if (!config) return as_nagios(Health::unknown, "the configuration is wrong");
        url = local_status_url(config->listen);
        pinned_key = own_key(config->listen);
    }
    const HttpResult result = fetch(url, pinned_key, options.timeout_seconds);
    if (result.exchange != Exchange::answered) {
        return as_nagios(Health::critical, fmt::format("no answer from {}: {}", url, result.error));
    }
    const std::string& body = result.answer.body;
    for (Health health : {Health::ok, Health::warning, Health::critical, Health::unknown}) {
        if (!body.starts_with(fmt::format("POSTRIDER {} ", to_string(health)))) continue;
        std::cout << body;
        return static_cast<int>(health);
    }
    return as_nagios(Health::unknown,
                     fmt::format("{} answered {}, which is no status", url, result.answer.status));
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
