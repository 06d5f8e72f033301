#include "lib/net/client_address.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace postrider {

namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Some proxies add the port: `192.0.2.1:80`, `[2001:db8::1]:80`.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end == std::string_view::npos ? std::string_view{} : text.substr(1, end - 1);
    }
    const auto colon = text.find(':');
    const bool only_one = colon != std::string_view::npos && colon == text.rfind(':');
    return only_one ? text.substr(0, colon) : text;
}

bool contains(const std::vector<std::string>& addresses, std::string_view address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

std::string usual_address(std::string_view written) {
    boost::system::error_code failed;
    const auto address = ip::make_address(without_port(trimmed(written)), failed);
    if (failed) return "";
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

std::string client_address(const ServerRequest& request, const std::vector<std::string>& trusted_proxies) {
    std::string client = request.peer_address;
    // A proxy may add a line of its own below the one that its client sent: the lines are one list.
    for (auto line = request.headers.rbegin(); line != request.headers.rend(); ++line) {
        if (line->first != "x-forwarded-for") continue;
        std::string_view rest = trimmed(line->second);
        while (!rest.empty()) {
            if (!contains(trusted_proxies, client)) return client;
            const auto comma = rest.rfind(',');
            const bool last = comma == std::string_view::npos;
            client = usual_address(last ? rest : rest.substr(comma + 1));
            if (client.empty()) return client;
            rest = last ? std::string_view{} : rest.substr(0, comma);
        }
    }
    return client;
}

}  // namespace postrider
