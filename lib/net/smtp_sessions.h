#pragma once

#include <curl/curl.h>

#include <map>
#include <mutex>

namespace postrider {

/// The connections of an SMTP client, by their sockets. libcurl says QUIT on one that it closes after a
/// transaction, and waits until that is answered; what has been shut it closes at once. Any thread.
class SmtpSessions {
public:
    explicit SmtpSessions(int messages_max) : messages_max_(messages_max) {}
    SmtpSessions(const SmtpSessions&) = delete;
    SmtpSessions& operator=(const SmtpSessions&) = delete;

    /// One more message went over it. Shuts a session that has carried all it may.
    void count(curl_socket_t socket);
    /// The one from that local port.
    void shut_from(long local_port);
    void shut_all();

    /// For CURLOPT_OPENSOCKETFUNCTION and CURLOPT_CLOSESOCKETFUNCTION, with the sessions as their data.
    static curl_socket_t on_open(void* sessions, curlsocktype, curl_sockaddr* address);
    static int on_close(void* sessions, curl_socket_t socket);

private:
    const int messages_max_;
    std::mutex mutex_;
    std::map<curl_socket_t, int> messages_;  // under mutex_
};

}  // namespace postrider
