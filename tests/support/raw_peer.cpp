#include "tests/support/raw_peer.h"

#include "lib/net/header_line.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdlib>

namespace postrider::testing {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

namespace {

std::size_t content_length(const std::string& header) {
    const auto at = lower_case(header).find("\r\ncontent-length:");
    if (at == std::string::npos) return 0;
    return std::strtoul(header.c_str() + at + std::string_view("\r\ncontent-length:").size(), nullptr, 10);
}

}  // namespace

Task<bool> RawConnection::read_some() {
    std::array<char, 16384> chunk;
    error_code error;
    const std::size_t count = co_await socket_.async_read_some(
        asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
    unread_.append(chunk.data(), count);
    co_return !error;
}

std::string RawConnection::take(std::size_t count) {
    std::string taken = unread_.substr(0, count);
    unread_.erase(0, count);
    return taken;
}

Task<std::string> RawConnection::read_header() {
    std::size_t end = unread_.find("\r\n\r\n");
    while (end == std::string::npos) {
        const bool more = co_await read_some();
        if (!more) co_return take(unread_.size());
        end = unread_.find("\r\n\r\n");
    }
    co_return take(end + 4);
}

Task<std::string> RawConnection::read_message() {
    const std::string header = co_await read_header();
    const std::size_t length = content_length(header);
    while (unread_.size() < length) {
        const bool more = co_await read_some();
        if (!more) break;
    }
    co_return header + take(length);
}

Task<std::string> RawConnection::read_all() {
    for (bool more = true; more;) more = co_await read_some();
    co_return take(unread_.size());
}

Task<> RawConnection::write(std::string bytes) {
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) can_write_ = false;
}

void RawConnection::close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

Task<std::unique_ptr<RawConnection>> raw_connect(std::uint16_t port) {
    const Executor executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    co_await socket.async_connect(endpoint, asio::use_awaitable);
    co_return std::make_unique<RawConnection>(std::move(socket));
}

RawPeer::RawPeer(Executor executor, TaskGroup& group, Serve serve)
    : group_(group),
      serve_(std::move(serve)),
      acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
    group_.spawn("raw peer", accept());
}

Task<> RawPeer::accept() {
    for (;;) {
        tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
        group_.spawn("raw connection", play(std::move(socket), connections_++));
    }
}

Task<> RawPeer::play(tcp::socket socket, int index) {
    RawConnection connection(std::move(socket));
    co_await serve_(connection, index);
    connection.close();
}

}  // namespace postrider::testing
