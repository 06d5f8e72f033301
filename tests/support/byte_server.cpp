#include "tests/support/byte_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace postrider::testing {

namespace {

constexpr int turn_ms = 20;

/// Up to the empty line; less if the other side goes, or `stopping`.
std::string read_head(int socket, const std::atomic<bool>& stopping) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos && !stopping) {
        pollfd waits{socket, POLLIN, 0};
        if (::poll(&waits, 1, turn_ms) <= 0) continue;
        char bytes[4096];
        const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
        if (count <= 0) break;
        head.append(bytes, static_cast<std::size_t>(count));
    }
    return head;
}

std::string path_of(const std::string& head) {
    const auto begin = head.find(' ');
    const auto end = head.find(' ', begin + 1);
    return end == std::string::npos ? "" : head.substr(begin + 1, end - begin - 1);
}

}  // namespace

bool ByteServer::Connection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        if (stopping_) return false;
        pollfd waits{socket_, POLLOUT, 0};
        if (::poll(&waits, 1, turn_ms) <= 0) continue;
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void ByteServer::Connection::answer(int status, const std::string& content_type, const std::string& body,
                                    const std::string& more_headers) {
    write(fmt::format("HTTP/1.1 {} Said\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}{}\r\n{}", status,
                      content_type, body.size(), more_headers, more_headers.empty() ? "" : "\r\n", body));
}

bool ByteServer::Connection::pause(std::chrono::milliseconds span) const {
    const auto end = std::chrono::steady_clock::now() + span;
    while (!stopping_ && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds{turn_ms});
    return !stopping_;
}

ByteServer::ByteServer(Serve serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

ByteServer::~ByteServer() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& each : threads_) each.join();
    ::close(listener_);
}

void ByteServer::accept() {
    while (!stopping_) {
        pollfd waits{listener_, POLLIN, 0};
        if (::poll(&waits, 1, turn_ms) <= 0) continue;
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) continue;
        ++connections_;
        threads_.emplace_back([this, socket] { play(socket); });
    }
}

/// Each request of a connection in turn.
void ByteServer::play(int socket) {
    for (;;) {
        const std::string head = read_head(socket, stopping_);
        if (head.find("\r\n\r\n") == std::string::npos) break;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(head);
        }
        Connection connection(socket, stopping_);
        serve_(path_of(head), connection);
    }
    ::close(socket);
}

std::vector<std::string> ByteServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t ByteServer::requests_of(const std::string& path) const {
    const std::vector<std::string> all = requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& head) { return path_of(head) == path; }));
}

}  // namespace postrider::testing
