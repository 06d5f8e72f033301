#include "tests/support/free_port.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace postrider::testing {

std::uint16_t free_port() {
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor acceptor(
        io, {boost::asio::ip::address_v4::loopback(), boost::asio::ip::port_type{0}});
    return acceptor.local_endpoint().port();
}

}  // namespace postrider::testing
