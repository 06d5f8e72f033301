#include "lib/net/smtp_sessions.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider {

namespace {

long local_port_of(curl_socket_t socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return -1;
}

}  // namespace

void SmtpSessions::count(curl_socket_t socket) {
    const std::lock_guard lock(mutex_);
    const auto session = messages_.find(socket);
    if (session == messages_.end() || ++session->second < messages_max_) return;
    ::shutdown(socket, SHUT_RDWR);
}

void SmtpSessions::shut_from(long local_port) {
    const std::lock_guard lock(mutex_);
    for (const auto& [socket, messages] : messages_) {
        if (local_port_of(socket) == local_port) ::shutdown(socket, SHUT_RDWR);
    }
}

void SmtpSessions::shut_all() {
    const std::lock_guard lock(mutex_);
    for (const auto& [socket, messages] : messages_) ::shutdown(socket, SHUT_RDWR);
}

curl_socket_t SmtpSessions::on_open(void* sessions, curlsocktype, curl_sockaddr* address) {
    const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket < 0) return CURL_SOCKET_BAD;
    auto& self = *static_cast<SmtpSessions*>(sessions);
    const std::lock_guard lock(self.mutex_);
    self.messages_[socket] = 0;
    return socket;
}

int SmtpSessions::on_close(void* sessions, curl_socket_t socket) {
    auto& self = *static_cast<SmtpSessions*>(sessions);
    const std::lock_guard lock(self.mutex_);
    self.messages_.erase(socket);
    return ::close(socket);
}

}  // namespace postrider
