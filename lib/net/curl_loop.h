#pragma once

#include "lib/async/wakeup.h"
#include "lib/net/curl_exchange.h"
#include "lib/net/socket_watch.h"

#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <memory>
#include <optional>

namespace postrider {

/// Drives libcurl's multi interface on the event loop. Loop thread only; exchanges have ended before it goes.
class CurlLoop {
public:
    /// Keeps up to `connections_per_host_max` connections to a host, in use or idle.
    CurlLoop(Executor executor, long connections_per_host_max);
    CurlLoop(const CurlLoop&) = delete;
    CurlLoop& operator=(const CurlLoop&) = delete;

    /// Until libcurl has told `exchange` its end. Cancelled, it leaves nothing running.
    Task<> run(CurlExchange& exchange);

private:
    /// An exchange under way, and who waits for its end.
    struct Running {
        Running(CurlExchange& what, const Executor& executor) : exchange(what), done(executor) {}
        CurlExchange& exchange;
        Wakeup done;
    };
    /// A transfer is libcurl's business for as long as this lives, however that ends.
    struct Added {
        Added(CURLM* to, CURL* handle)
            : multi(to), easy(handle), failed(curl_multi_add_handle(to, handle) != CURLM_OK) {}
        ~Added() {
            if (!failed) curl_multi_remove_handle(multi, easy);
        }
        Added(Added&&) = delete;
        CURLM* multi;
        CURL* easy;
        const bool failed;
    };

    void act(curl_socket_t socket, int ready);
    void set_timer(long ms);
    void act_soon();
    void arm();
    void watch(curl_socket_t socket, int wanted);
    void on_ready(int socket, SocketWatch::Event event);

    static int on_timer(CURLM*, long ms, void* self);
    static int on_watch(CURL*, curl_socket_t socket, int wanted, void* self, void*);

    Executor executor_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    bool acts_soon_ = false;
    std::optional<boost::asio::steady_timer::time_point> due_;  // when libcurl is to be called
    SocketWatch sockets_;
    // A timer's handler that is queued already runs after the client is gone: it looks here first.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_{nullptr, &curl_multi_cleanup};
};

}  // namespace postrider
