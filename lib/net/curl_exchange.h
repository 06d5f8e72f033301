#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>

namespace postrider {

/// One use of a libcurl handle, whatever the protocol. Stays where it is: libcurl holds pointers to it.
class CurlExchange {
public:
    /// `unacknowledged_max`: for how long bytes on their way may go without the peer's acknowledgement.
    explicit CurlExchange(std::chrono::milliseconds unacknowledged_max);
    CurlExchange(CurlExchange&&) = delete;

    CURL* easy() const { return easy_.get(); }
    /// False for what no server should see, such as a header with a line's end in it.
    bool usable() const { return code_ != CURLE_BAD_FUNCTION_ARGUMENT; }
    /// By whoever drives libcurl, which still has the handle then.
    void end(CURLcode code) { code_ = code; }

protected:
    ~CurlExchange() = default;

    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK) refuse();
    }
    /// It is not to be begun.
    void refuse() { code_ = CURLE_BAD_FUNCTION_ARGUMENT; }
    /// What every exchange has: times, certificates that are checked, sockets that no child inherits.
    void set_common(std::chrono::milliseconds timeout, std::chrono::milliseconds connect_timeout,
                    std::chrono::seconds idle_connection_max);
    CURLcode code() const { return code_; }
    /// Before what libcurl's pointers point to.
    void end_handle() { easy_.reset(); }

private:
    static int on_socket(void* self, curl_socket_t socket, curlsocktype);

    const std::chrono::milliseconds unacknowledged_max_;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
    CURLcode code_ = CURLE_OK;
};

}  // namespace postrider
