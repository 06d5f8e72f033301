#include "lib/async/deadline.h"
#include "lib/async/task_group.h"
#include "lib/log/log.h"
#include "lib/net/beast_session.h"
#include "lib/net/http_server.h"
#include "lib/net/tls_stream.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include <cassert>

namespace postrider {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t turned_away_max = 64;  // connections over the limit that get their 503 at a time
constexpr std::chrono::milliseconds accept_pause{250};

std::string peer_of(const tcp::socket& socket) {
    error_code failed;
    const auto address = socket.remote_endpoint(failed).address();
    if (failed) return "";
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

class BeastServer final : public HttpServer {
public:
    BeastServer(Executor executor, const tcp::endpoint& endpoint, RequestHandler handler,
                HttpServerLimits limits, std::shared_ptr<const ServerCertificate> certificate)
        : executor_(executor),
          handler_(std::move(handler)),
          limits_(limits),
          certificate_(std::move(certificate)),
          acceptor_(executor),
          sessions_(executor) {
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        if (endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    }

    Task<> run() override;
    std::uint16_t port() const override { return port_; }
    void use_certificate(std::shared_ptr<const ServerCertificate> certificate) override {
        assert(certificate && certificate_);
        certificate_ = std::move(certificate);
    }
    void limit_refusals(RefusalRules rules) override { guard_.set(std::move(rules)); }
    HttpServerState state() const override {
        return {open_.size(), limits_.connections_max,
                guard_.limited_count(std::chrono::steady_clock::now())};
    }

private:
    Task<> accept();
    void take(tcp::socket socket);
    Task<> serve(tcp::socket socket);
    Task<> turn_away(tcp::socket socket);
    std::unique_ptr<ByteStream> stream_over(tcp::socket socket) const;

    Executor executor_;
    RequestHandler handler_;
    HttpServerLimits limits_;
    std::shared_ptr<const ServerCertificate> certificate_;  // none: plain HTTP
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    ConnectionList open_;
    RefusalGuard guard_;
    std::size_t turned_away_ = 0;
    TaskGroup sessions_;
};

Task<> BeastServer::run() {
    std::exception_ptr ended;
    try {
        co_await accept();
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();  // cancelled, yet we still must wait
    error_code ignored;
    acceptor_.close(ignored);
    open_.stop_all();
    co_await ends_within(limits_.stop_grace, sessions_.join());
    sessions_.cancel();
    co_await sessions_.join();
    if (ended) std::rethrow_exception(ended);
}

Task<> BeastServer::accept() {
    for (bool failing = false;;) {
        error_code error;
        tcp::socket socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            take(std::move(socket));
        } else if (error != asio::error::connection_aborted) {
            // Out of descriptors, say: waits for some to be given back, and gives one. If cancelled, the pause
            // throws.
            const bool news = !failing && error != asio::error::operation_aborted;
            if (news) log::error("connections cannot be accepted", {{"error", error.message()}});
            if (error == asio::error::no_descriptors) open_.evict_one();
            co_await sleep_for(accept_pause);
        }
        failing = static_cast<bool>(error);
    }
}

void BeastServer::take(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (open_.size() < limits_.connections_max || open_.evict_one()) {
        sessions_.spawn("connection", serve(std::move(socket)));
    } else if (turned_away_ < turned_away_max) {
        sessions_.spawn("connection too many", turn_away(std::move(socket)));
    }
}

std::unique_ptr<ByteStream> BeastServer::stream_over(tcp::socket socket) const {
    return certificate_ ? make_tls_stream(std::move(socket), certificate_)
                        : make_plain_stream(std::move(socket));
}

Task<> BeastServer::serve(tcp::socket socket) {
    std::string peer = peer_of(socket);
    BeastSession session(stream_over(std::move(socket)), executor_, std::move(peer), handler_, guard_,
                         limits_);
    co_await session.run(open_);
}

Task<> BeastServer::turn_away(tcp::socket socket) {
    const auto leave = [this](void*) { --turned_away_; };
    const std::unique_ptr<void, decltype(leave)> entered(this, leave);
    ++turned_away_;
    std::string peer = peer_of(socket);
    BeastSession session(stream_over(std::move(socket)), executor_, std::move(peer), handler_, guard_,
                         limits_);
    co_await session.turn_away();
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(Executor executor, const std::string& address,
                                             std::uint16_t port, RequestHandler handler,
                                             HttpServerLimits limits,
                                             std::shared_ptr<const ServerCertificate> certificate) {
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    try {
        const auto numeric =
            asio::ip::make_address(bracketed ? address.substr(1, address.size() - 2) : address);
        return std::make_unique<BeastServer>(std::move(executor), tcp::endpoint(numeric, port),
                                             std::move(handler), limits, std::move(certificate));
    } catch (const boost::system::system_error& caught) {
        throw boost::system::system_error(caught.code(), fmt::format("listen on {} port {}", address, port));
    }
}

}  // namespace postrider
