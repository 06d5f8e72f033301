#include "tests/support/server_thread.h"

#include <boost/asio/post.hpp>

namespace postrider::testing {

HttpServerLimits ServerThread::default_limits() {
    HttpServerLimits limits;
    limits.connections_max = 4096;
    limits.stop_grace = std::chrono::milliseconds{0};
    return limits;
}

ServerThread::ServerThread(RequestHandler handler, HttpServerLimits limits)
    : server_(make_http_server(io_.get_executor(), "127.0.0.1", 0, std::move(handler), limits)),
      group_(io_.get_executor()) {
    group_.spawn("server", server_->run());
    thread_ = std::thread([this] { io_.run(); });
}

ServerThread::~ServerThread() {
    boost::asio::post(io_, [this] { group_.cancel(); });
    thread_.join();
}

}  // namespace postrider::testing
