#include "tests/support/tls_connection.h"

#include "lib/net/header_line.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdlib>

namespace postrider::testing {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

class OpensslConnection final : public TlsConnection {
public:
    OpensslConnection(const Executor& executor, int version_max)
        : context_(ssl::context::tls_client), stream_(executor, allowing(context_, version_max)) {}

    Task<bool> connect(std::uint16_t port) {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
        co_await stream_.next_layer().async_connect(endpoint, asio::use_awaitable);
        error_code error;
        co_await stream_.async_handshake(ssl::stream_base::client,
                                         asio::redirect_error(asio::use_awaitable, error));
        co_return !error;
    }

    std::string server_name() const override {
        X509* const certificate = SSL_get1_peer_certificate(handle());
        if (!certificate) return "";
        std::array<char, 256> name{};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                  name.size());
        X509_free(certificate);
        return name.data();
    }

    std::string version() const override { return SSL_get_version(handle()); }

    Task<> write(std::string bytes) override {
        error_code ignored;
        co_await asio::async_write(stream_, asio::buffer(bytes),
                                   asio::redirect_error(asio::use_awaitable, ignored));
    }

    Task<std::string> read_message() override {
        bool more = true;
        while (more && unread_.size() < message_size()) more = co_await read_some();
        co_return take(message_size());
    }

    Task<std::string> read_all() override {
        for (bool more = true; more;) more = co_await read_some();
        co_return take(unread_.size());
    }

private:
    static ssl::context& allowing(ssl::context& context, int version_max) {
        SSL_CTX_set_max_proto_version(context.native_handle(), version_max);
        SSL_CTX_set_security_level(context.native_handle(), 0);  // or it would itself refuse old versions
        return context;
    }

    SSL* handle() const { return const_cast<ssl::stream<tcp::socket>&>(stream_).native_handle(); }

    Task<bool> read_some() {
        std::array<char, 16384> chunk;
        error_code error;
        const std::size_t count = co_await stream_.async_read_some(
            asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
        unread_.append(chunk.data(), count);
        co_return !error;
    }

    /// Of what has begun to come; more than there is while its header is not complete.
    std::size_t message_size() const {
        const auto end = unread_.find("\r\n\r\n");
        if (end == std::string::npos) return unread_.size() + 1;
        static constexpr std::string_view length = "\r\ncontent-length:";
        const auto at = lower_case(unread_.substr(0, end)).find(length);
        const auto body =
            at == std::string::npos ? 0 : std::strtoul(&unread_[at + length.size()], nullptr, 10);
        return end + 4 + body;
    }

    std::string take(std::size_t count) {
        std::string taken = unread_.substr(0, count);
        unread_.erase(0, count);
        return taken;
    }

    ssl::context context_;
    ssl::stream<tcp::socket> stream_;
    std::string unread_;
};

}  // namespace

Task<std::unique_ptr<TlsConnection>> tls_connect(std::uint16_t port, int version_max) {
    auto connection = std::make_unique<OpensslConnection>(co_await asio::this_coro::executor, version_max);
    const bool agreed = co_await connection->connect(port);
    if (!agreed) co_return nullptr;
    co_return connection;
}

}  // namespace postrider::testing
