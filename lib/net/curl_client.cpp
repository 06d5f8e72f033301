#include "lib/net/curl_transfer.h"
#include "lib/net/http_client.h"
#include "lib/net/socket_watch.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <optional>
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

class CurlClient final : public HttpClient {
public:
    CurlClient(Executor executor, HttpClientLimits limits);
    Task<HttpResult> send(HttpRequest request, SendGate gate) override;

private:
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
    HttpClientLimits limits_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    bool acts_soon_ = false;
    std::optional<boost::asio::steady_timer::time_point> due_;  // when libcurl is to be called
    SocketWatch sockets_;
    // A timer's handler that is queued already runs after the client is gone: it looks here first.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_{new_multi(), &curl_multi_cleanup};
};

CurlClient::CurlClient(Executor executor, HttpClientLimits limits)
    : executor_(std::move(executor)),
      limits_(limits),
      timer_(executor_),
      sockets_(executor_, [this](int socket, SocketWatch::Event event) { on_ready(socket, event); }) {
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlClient::on_watch);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, limits_.connections_per_host_max);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, limits_.connections_per_host_max);
}

Task<HttpResult> CurlClient::send(HttpRequest request, SendGate gate) {
    Transfer transfer(executor_, std::move(request), std::move(gate), limits_);
    if (transfer.usable()) {
        const Added added(multi_.get(), transfer.easy());
        if (added.failed) transfer.end(CURLE_FAILED_INIT);
        co_await transfer.ended();
    }
    co_return transfer.take_result();
}

void CurlClient::act(curl_socket_t socket, int ready) {
    int running = 0;
    int left = 0;
    curl_multi_socket_action(multi_.get(), socket, ready, &running);
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        Transfer* transfer = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer->end(code);
    }
}

/// libcurl sets its timer several times in each transfer. It is left to run where it comes early enough:
/// setting it is a system call, coming early costs less.
void CurlClient::set_timer(long ms) {
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
void CurlClient::act_soon() {
    if (std::exchange(acts_soon_, true)) return;
    boost::asio::post(executor_, [this, alive = std::weak_ptr<bool>(alive_)] {
        if (alive.expired()) return;
        acts_soon_ = false;
        act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void CurlClient::arm() {
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

void CurlClient::watch(curl_socket_t socket, int wanted) {
    if (wanted == CURL_POLL_REMOVE) {
        sockets_.forget(socket);
    } else {
        sockets_.want(socket, wanted & CURL_POLL_IN, wanted & CURL_POLL_OUT);
    }
}

void CurlClient::on_ready(int socket, SocketWatch::Event event) {
    using enum SocketWatch::Event;
    act(socket, event == readable   ? CURL_CSELECT_IN
                : event == writable ? CURL_CSELECT_OUT
                                    : CURL_CSELECT_ERR);
}

int CurlClient::on_timer(CURLM*, long ms, void* self) {
    static_cast<CurlClient*>(self)->set_timer(ms);
    return 0;
}

int CurlClient::on_watch(CURL*, curl_socket_t socket, int wanted, void* self, void*) {
    static_cast<CurlClient*>(self)->watch(socket, wanted);
    return 0;
}

}  // namespace

std::unique_ptr<HttpClient> make_http_client(Executor executor, HttpClientLimits limits) {
    return std::make_unique<CurlClient>(std::move(executor), limits);
}

}  // namespace postrider
