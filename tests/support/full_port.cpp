#include "tests/support/full_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace postrider::testing {

namespace {

int new_socket() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "socket");
    return descriptor;
}

void check(int result, const char* what) {
    if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

FullPort::FullPort() : listener_(new_socket()), filler_(new_socket()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener_, generic, size), "bind");
    check(::listen(listener_, 0), "listen");
    check(::getsockname(listener_, generic, &size), "getsockname");
    port_ = ntohs(address.sin_port);
    check(::connect(filler_, generic, size), "connect");  // the one for whom there is room
}

FullPort::~FullPort() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(filler_);
    ::close(listener_);
}

void FullPort::open() {
    thread_ = std::thread([this] { take_and_read(); });
}

std::string FullPort::heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
}

void FullPort::take_and_read() {
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    while (!ends_) {
        if (::poll(watched.data(), watched.size(), 50) <= 0) continue;
        for (std::size_t i = watched.size(); i-- > 1;) {
            if (watched[i].revents == 0) continue;
            std::array<char, 4096> bytes;
            const auto count = ::recv(watched[i].fd, bytes.data(), bytes.size(), 0);
            if (count <= 0) {
                ::close(watched[i].fd);
                watched.erase(watched.begin() + static_cast<std::ptrdiff_t>(i));
                continue;
            }
            const std::lock_guard lock(mutex_);
            heard_.append(bytes.data(), static_cast<std::size_t>(count));
        }
        if (watched[0].revents != 0) {
            watched.push_back({::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
        }
    }
    for (std::size_t i = 1; i < watched.size(); ++i) ::close(watched[i].fd);
}

}  // namespace postrider::testing
