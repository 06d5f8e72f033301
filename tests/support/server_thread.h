#pragma once

#include "lib/async/task_group.h"
#include "lib/net/http_server.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace postrider::testing {

/// An HTTP server on a free port of 127.0.0.1 with a thread and an event loop of its own, from construction
/// to destruction. The handler runs on that thread only; what it refers to outlives the server.
class ServerThread {
public:
    explicit ServerThread(RequestHandler handler, HttpServerLimits limits = default_limits());
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;
    /// Cuts exchanges under way short.
    ~ServerThread();

    std::uint16_t port() const { return server_->port(); }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

    /// Room for a benchmark's connections, and no waiting at the end.
    static HttpServerLimits default_limits();

private:
    boost::asio::io_context io_{1};
    std::unique_ptr<HttpServer> server_;
    TaskGroup group_;
    std::thread thread_;
};

}  // namespace postrider::testing
