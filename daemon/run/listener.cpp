#include "daemon/run/listener.h"

#include "daemon/run/descriptor_limit.h"
#include "lib/health/certificate_check.h"
#include "lib/health/status_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace postrider {

namespace {

/// Half of the descriptors are for the way out: database, providers, files.
HttpServerLimits server_limits() {
    HttpServerLimits limits;
    limits.connections_max = std::min(limits.connections_max, raise_descriptor_limit() / 2);
    return limits;
}

/// The configuration has found it sound a moment ago.
std::shared_ptr<const ServerCertificate> certificate_of(const ListenConfig& config) {
    if (!config.tls) return nullptr;
    auto read = read_server_certificate(*config.tls);
    if (!read) throw std::runtime_error("listen.tls: " + read.error().what);
    return std::move(*read);
}

RefusalRules rules_of(const ListenConfig& config) {
    return {config.refusals_per_minute, config.trusted_proxies};
}

Check listener_check(const HttpServerState& state) {
    Check check{.name = "listener"};
    say<status::listener_connections>(check, state.connections);
    if (state.addresses_limited > 0) say<status::listener_limited>(check, state.addresses_limited);
    check.measures.push_back({"connections", static_cast<double>(state.connections), "",
                              std::to_string(state.connections_max), ""});
    return check;
}

}  // namespace

Listener::Listener(Executor executor, const ListenConfig& config, RequestHandler handler) {
    auto certificate = certificate_of(config);
    server_ = make_http_server(executor, config.address, config.port, std::move(handler), server_limits(),
                               certificate);
    server_->limit_refusals(rules_of(config));
    if (!certificate) return;
    certificate_ = std::make_unique<CertificateWatch>(
        std::move(executor), *config.tls, std::move(certificate),
        [&server = *server_](std::shared_ptr<const ServerCertificate> next) {
            server.use_certificate(std::move(next));
        });
}

void Listener::start(TaskGroup& tasks) {
    tasks.spawn("http server", server_->run());
    if (certificate_) tasks.spawn("certificate", certificate_->run());
}

void Listener::reconfigure(const ListenConfig& config) {
    server_->limit_refusals(rules_of(config));
    if (certificate_ && config.tls) certificate_->look_now(*config.tls);
}

std::vector<Check> Listener::checks() const {
    std::vector<Check> checks{listener_check(server_->state())};
    if (certificate_) {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        checks.push_back(certificate_check(certificate_->expires(), certificate_->trouble(), now));
    }
    return checks;
}

}  // namespace postrider
