#include "lib/net/curl_loop.h"

#include <boost/asio/post.hpp>

#include <stdexcept>
#include <utility>

namespace postrider {

namespace {

CURLM* new_multi() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM* const multi = started == CURLE_OK ? curl_multi_init() : nullptr;
    if (!multi) throw std::runtime_error("libcurl cannot be initialised");
    return multi;
}

}  // namespace

CurlLoop::CurlLoop(Executor executor, long connections_per_host_max)
    : executor_(std::move(executor)),
      timer_(executor_),
      sockets_(executor_, [this](int socket, SocketWatch::Event event) { on_ready(socket, event); }),
      multi_(new_multi(), &curl_multi_cleanup) {
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_watch);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host_max);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections_per_host_max);
}

Task<> CurlLoop::run(CurlExchange& exchange) {
    if (!exchange.usable()) co_return;
    Running running(exchange, executor_);
    curl_easy_setopt(exchange.easy(), CURLOPT_PRIVATE, &running);
    const Added added(multi_.get(), exchange.easy());
    if (added.failed) {
        exchange.end(CURLE_FAILED_INIT);
    } else {
        co_await running.done.wait();
    }
}

void CurlLoop::act(curl_socket_t socket, int ready) {
    int left = 0;
    curl_multi_socket_action(multi_.get(), socket, ready, &left);
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        Running* running = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &running);
        running->exchange.end(code);
        running->done.ring();
    }
}

/// libcurl sets its timer several times in each transfer. It is left to run where it comes early enough:
/// setting it is a system call, coming early costs less.
void CurlLoop::set_timer(long ms) {
    due_.reset();
    if (ms < 0) {  // nothing is under way: nor shall the loop wait for the timer when it is to end
        armed_ = false;
        timer_.cancel();
    } else if (ms == 0) {
        act_soon();
    } else {
        due_ = boost::asio::steady_timer::clock_type::now() + std::chrono::milliseconds(ms);
        arm();
    }
}

/// Never from its own callback; once for all transfers that begin together.
void CurlLoop::act_soon() {
    if (std::exchange(acts_soon_, true)) return;
    boost::asio::post(executor_, [this, alive = std::weak_ptr<bool>(alive_)] {
        if (alive.expired()) return;
        acts_soon_ = false;
        act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void CurlLoop::arm() {
    if (armed_ && timer_.expiry() <= *due_) return;
    armed_ = true;
    timer_.expires_at(*due_);
    timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
        if (error || alive.expired()) return;
        armed_ = false;
        if (!due_) return;
        if (boost::asio::steady_timer::clock_type::now() < *due_) {
            arm();
        } else {
            due_.reset();
            act(CURL_SOCKET_TIMEOUT, 0);
        }
    });
}

void CurlLoop::watch(curl_socket_t socket, int wanted) {
    if (wanted == CURL_POLL_REMOVE) {
        sockets_.forget(socket);
    } else {
        sockets_.want(socket, wanted & CURL_POLL_IN, wanted & CURL_POLL_OUT);
    }
}

void CurlLoop::on_ready(int socket, SocketWatch::Event event) {
    using enum SocketWatch::Event;
    act(socket, event == readable   ? CURL_CSELECT_IN
                : event == writable ? CURL_CSELECT_OUT
                                    : CURL_CSELECT_ERR);
}

int CurlLoop::on_timer(CURLM*, long ms, void* self) {
    static_cast<CurlLoop*>(self)->set_timer(ms);
    return 0;
}

int CurlLoop::on_watch(CURL*, curl_socket_t socket, int wanted, void* self, void*) {
    static_cast<CurlLoop*>(self)->watch(socket, wanted);
    return 0;
}

}  // namespace postrider
