#include "lib/net/byte_stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <vector>

namespace postrider {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class PlainStream final : public ByteStream {
public:
    explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {}

    Task<error_code> handshake() override { co_return error_code{}; }

    Task<std::size_t> read_some(asio::mutable_buffer space, error_code& error) override {
        co_return co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
    }

    Task<error_code> write(std::array<asio::const_buffer, 2> bytes) override {
        error_code error;
        co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    Task<> finish(std::size_t bytes_max) override {
        error_code error;
        socket_.shutdown(tcp::socket::shutdown_send, error);
        if (!error) co_await discard(socket_, bytes_max);
    }

    void cancel() override {
        error_code ignored;
        socket_.cancel(ignored);
    }

private:
    tcp::socket socket_;
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(tcp::socket socket) {
    return std::make_unique<PlainStream>(std::move(socket));
}

Task<> discard(tcp::socket& socket, std::size_t bytes_max) {
    std::vector<char> space(16384);
    error_code error;
    for (std::size_t total = 0; !error && total < bytes_max;) {
        total += co_await socket.async_read_some(asio::buffer(space),
                                                 asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace postrider
