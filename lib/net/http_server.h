#pragma once

#include "lib/async/task.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

struct ServerRequest {
    std::string method;
    std::string target;  ///< as sent: path and query
    std::string path;    ///< before the `?`, not decoded
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
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Answers one request; what it throws becomes a 500 and a log line.
using RequestHandler = std::function<Task<ServerAnswer>(ServerRequest)>;

struct HttpServerLimits {
    std::size_t body_bytes_max = std::size_t{1} << 20;
    std::size_t header_bytes_max = std::size_t{16} << 10;
    /// For a whole request to come in, and for a whole answer to go out.
    std::chrono::milliseconds exchange_timeout{15000};
    std::chrono::milliseconds idle_timeout{60000};
    std::size_t connections_max = 256;
};

/// HTTP/1.1 with keep-alive. Loop thread only.
class HttpServer {
public:
    virtual ~HttpServer() = default;
    /// Accepts until cancelled; then lets exchanges under way end, up to a second, and closes.
    virtual Task<> run() = 0;
    /// The port that is bound (the asked one, or what 0 became).
    virtual std::uint16_t port() const = 0;
};

/// Binds and listens at once: throws boost::system::system_error that names address and port.
std::unique_ptr<HttpServer> make_http_server(Executor executor, const std::string& address,
                                             std::uint16_t port, RequestHandler handler,
                                             HttpServerLimits limits = {});

}  // namespace postrider
