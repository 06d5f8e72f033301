#include "lib/net/public_address.h"

#include <boost/asio/ip/address.hpp>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace postrider {

namespace {

namespace ip = boost::asio::ip;

struct Block {
    std::uint32_t network;
    unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c = 0, unsigned d = 0) {
    return a << 24 | b << 16 | c << 8 | d;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry, and what no packet is sent to.
constexpr std::array closed{
    Block{v4(0, 0), 8},         Block{v4(10, 0), 8},      Block{v4(100, 64), 10},
    Block{v4(127, 0), 8},       Block{v4(169, 254), 16},  Block{v4(172, 16), 12},
    Block{v4(192, 0, 0), 24},   Block{v4(192, 0, 2), 24}, Block{v4(192, 88, 99), 24},
    Block{v4(192, 168), 16},    Block{v4(198, 18), 15},   Block{v4(198, 51, 100), 24},
    Block{v4(203, 0, 113), 24}, Block{v4(224, 0), 4},     Block{v4(240, 0), 4},
};

bool is_public(std::uint32_t address) {
    return std::none_of(closed.begin(), closed.end(), [address](const Block& block) {
        return address >> (32 - block.bits) == block.network >> (32 - block.bits);
    });
}

std::uint32_t four_bytes(const ip::address_v6::bytes_type& bytes, std::size_t at) {
    return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool is_public(const ip::address_v6::bytes_type& bytes) {
    const auto begins = [&](std::initializer_list<unsigned char> with) {
        return std::equal(with.begin(), with.end(), bytes.begin());
    };
    // ::/96, where :: and ::1 are, and addresses of IPv4 in forms that nobody uses any more.
    if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return false;
    if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public(four_bytes(bytes, 12));
    if (begins({0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public(four_bytes(bytes, 12));
    if (begins({0x20, 0x02})) return is_public(four_bytes(bytes, 2));
    if (begins({0x20, 0x01, 0x0d, 0xb8})) return false;         // documentation
    if (begins({0x20, 0x01}) && bytes[2] < 0x02) return false;  // 2001::/23: Teredo and the like
    if (begins({0x3f, 0xff}) && bytes[2] < 0x10) return false;  // documentation, RFC 9637
    return (bytes[0] & 0xe0) == 0x20;                           // 2000::/3 is all that is given out
}

}  // namespace

bool is_public_address(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4_address{};
        std::memcpy(&v4_address, &address, sizeof v4_address);
        return is_public(ntohl(v4_address.sin_addr.s_addr));
    }
    if (address.sa_family != AF_INET6) return false;
    sockaddr_in6 v6_address{};
    std::memcpy(&v6_address, &address, sizeof v6_address);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6_address.sin6_addr, bytes.size());
    return is_public(bytes);
}

bool is_public_address(std::string_view numeric) {
    boost::system::error_code error;
    const ip::address address = ip::make_address(numeric, error);
    if (error) return false;
    return address.is_v4() ? is_public(address.to_v4().to_uint()) : is_public(address.to_v6().to_bytes());
}

}  // namespace postrider
