#include "tests/support/free_port.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <random>
#include <stdexcept>

namespace postrider::testing {

namespace {

namespace asio = boost::asio;

/// Below those that the system gives to outgoing connections (net.ipv4.ip_local_port_range): one of these could
/// take it before whoever is to listen there does.
constexpr int first_port = 10240;
constexpr int last_port = 32767;

bool is_free(std::uint16_t port) {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, asio::ip::tcp::v4());
    boost::system::error_code error;
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    acceptor.bind({asio::ip::address_v4::loopback(), port}, error);
    if (!error) acceptor.listen(1, error);
    return !error;
}

}  // namespace

std::uint16_t free_port() {
    // By chance: test programs run side by side.
    static std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> any(first_port, last_port);
    for (int i = 0; i < 1000; ++i) {
        const auto port = static_cast<std::uint16_t>(any(random));
        if (is_free(port)) return port;
    }
    throw std::runtime_error("there is no free port");
}

}  // namespace postrider::testing
