#pragma once

#include "lib/async/task.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

class ServerCertificate;

struct ServerRequest {
    std::string method;
    std::string target;  ///< as sent: path and query
    std::string path;    ///< before the `?`, not decoded, without scheme and host
    std::string query;   ///< after the `?`, not decoded
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    std::string peer_address;  ///< numeric, without port; IPv4-mapped addresses as IPv4

    /// The first header of that (lower-case) name, or "".
    std::string_view header(std::string_view name) const;
};

struct ServerAnswer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Instead of all of the above: just these bytes, and the connection is closed. For imitations of
    /// servers that misbehave.
    std::optional<std::string> raw{};
    /// Whoever asked had no business here: an unknown path, a wrong signature, a forbidden address. Too many of
    /// these and its address is limited (RefusalRules). Not for what may befall a client in good faith.
    bool refused = false;
};

/// Answers one request; what it throws becomes a 500 and a log line. How long it takes is its own
/// affair: the server's limits are for reading and writing.
using RequestHandler = std::function<Task<ServerAnswer>(ServerRequest)>;

struct HttpServerLimits {
    std::size_t body_bytes_max = std::size_t{1} << 20;
    std::size_t header_bytes_max = std::size_t{16} << 10;
    /// For a whole request to come in, and for a whole answer to go out.
    std::chrono::milliseconds exchange_timeout{15000};
    /// For all that comes before the first request (TLS).
    std::chrono::milliseconds handshake_timeout{10000};
    /// For the first byte of a request.
    std::chrono::milliseconds idle_timeout{60000};
    /// For one more, the connection is closed that has been idle longest; if none is idle, the one whose
    /// request has been coming in longest; if all are being answered, the new one gets a 503.
    std::size_t connections_max = 4096;
    /// How long exchanges under way may go on once the server is cancelled.
    std::chrono::milliseconds stop_grace{1000};
};

/// Addresses whose requests are refused too often get a 429 at once, before their bodies are read, until they
/// have calmed down. What counts is ServerAnswer::refused, and what is no HTTP.
struct RefusalRules {
    unsigned per_minute = 0;  ///< for one address (of IPv6: a /64); 0: nobody is limited
    /// Numeric, in their usual form. Behind them the address counts that they name (see client_address); they
    /// themselves are never limited.
    std::vector<std::string> trusted_proxies{};
};

struct HttpServerState {
    std::size_t connections = 0;
    std::size_t connections_max = 0;
    std::size_t addresses_limited = 0;
};

/// HTTP/1.1 with keep-alive, over TLS if it has a certificate. What cannot be handled is answered before the connection is closed: 400 for
/// what is not HTTP, 408 for a request that comes too slowly, 413 and 431 for one that is too large, 429 for a
/// limited address.
/// Loop thread only.
class HttpServer {
public:
    virtual ~HttpServer() = default;
    /// Accepts until cancelled; then lets exchanges under way end, up to `stop_grace`, and closes. Once
    /// only.
    virtual Task<> run() = 0;
    /// The port that is bound (the asked one, or what 0 became).
    virtual std::uint16_t port() const = 0;
    /// For connections that come from now on; those that are open keep theirs. Only where it was made with one.
    virtual void use_certificate(std::shared_ptr<const ServerCertificate> certificate) = 0;
    /// At any time; until then nobody is limited. Whoever is limited stays so.
    virtual void limit_refusals(RefusalRules rules) = 0;
    virtual HttpServerState state() const = 0;
};

/// Binds and listens at once; `address` is numeric, `::` serves IPv4 too. Without a certificate it speaks plain
/// HTTP. Throws boost::system::system_error that names address and port.
std::unique_ptr<HttpServer> make_http_server(Executor executor, const std::string& address,
                                             std::uint16_t port, RequestHandler handler,
                                             HttpServerLimits limits = {},
                                             std::shared_ptr<const ServerCertificate> certificate = nullptr);

}  // namespace postrider
