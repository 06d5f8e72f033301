#include "lib/net/curl_exchange.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>

namespace postrider {

CurlExchange::CurlExchange(std::chrono::milliseconds unacknowledged_max)
    : unacknowledged_max_(unacknowledged_max), easy_(curl_easy_init(), &curl_easy_cleanup) {
    if (!easy_) throw std::bad_alloc();
}

void CurlExchange::set_common(std::chrono::milliseconds timeout, std::chrono::milliseconds connect_timeout,
                              std::chrono::seconds idle_connection_max) {
    connect_timeout = std::min(connect_timeout, timeout);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<long>(1, timeout.count())));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<long>(1, connect_timeout.count())));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // without, giving up on a slow name server blocks the loop until it answers
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(idle_connection_max.count()));
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_SOCKOPTFUNCTION, &CurlExchange::on_socket);
    set(CURLOPT_SOCKOPTDATA, this);
    set(CURLOPT_PROXY, "");  // the environment does not decide where messages go
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // whatever the system would allow
}

int CurlExchange::on_socket(void* self, curl_socket_t socket, curlsocktype) {
    const auto limit = static_cast<unsigned>(static_cast<CurlExchange*>(self)->unacknowledged_max_.count());
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // a job's process has no business with it
    return CURL_SOCKOPT_OK;
}

}  // namespace postrider
