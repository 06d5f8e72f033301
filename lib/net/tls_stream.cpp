#include "lib/net/tls_stream.h"

#include "lib/net/tls_context.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace postrider {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

class TlsStream final : public ByteStream {
public:
    TlsStream(tcp::socket socket, std::shared_ptr<const LoadedCertificate> certificate)
        : certificate_(std::move(certificate)), stream_(std::move(socket), certificate_->context()) {}

    Task<error_code> handshake() override {
        error_code error;
        co_await stream_.async_handshake(ssl::stream_base::server,
                                         asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    Task<std::size_t> read_some(asio::mutable_buffer space, error_code& error) override {
        co_return co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
    }

    Task<error_code> write(std::array<asio::const_buffer, 2> bytes) override {
        error_code error;
        co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    /// Where the client goes on sending, ending TLS in order fails; what it sends is read all the same.
    Task<> finish(std::size_t bytes_max) override {
        error_code ignored;
        co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
        error_code error;
        stream_.next_layer().shutdown(tcp::socket::shutdown_send, error);
        if (!error) co_await discard(stream_.next_layer(), bytes_max);
    }

    void cancel() override {
        error_code ignored;
        stream_.next_layer().cancel(ignored);
    }

private:
    std::shared_ptr<const LoadedCertificate> certificate_;
    ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<ByteStream> make_tls_stream(tcp::socket socket,
                                            std::shared_ptr<const ServerCertificate> certificate) {
    return std::make_unique<TlsStream>(std::move(socket),
                                       std::static_pointer_cast<const LoadedCertificate>(certificate));
}

}  // namespace postrider
