#pragma once

#include "lib/async/wakeup.h"
#include "lib/net/http_client.h"

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// One exchange, as libcurl sees it: the handle, what its callbacks need and what they have gathered.
/// Stays where it is: libcurl holds pointers into it.
class Transfer {
public:
    Transfer(const Executor& executor, HttpRequest request, SendGate gate, const HttpClientLimits& limits);
    Transfer(Transfer&&) = delete;
    ~Transfer();

    CURL* easy() const { return easy_.get(); }
    /// False for what no server should see, such as a header with a line's end in it.
    bool usable() const { return code_ != CURLE_BAD_FUNCTION_ARGUMENT; }
    void end(CURLcode code);
    Task<> ended() { return done_.wait(); }
    HttpResult take_result();

private:
    enum class Gate { not_asked, granted, refused };

    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK) code_ = CURLE_BAD_FUNCTION_ARGUMENT;
    }
    void set_target();
    void set_headers();
    void set_body();
    void set_limits(const HttpClientLimits& limits);
    void add_header(std::string line);
    bool pass_gate() noexcept;
    std::size_t give_body(char* buffer, std::size_t room);
    std::size_t take_header(std::string_view line);
    std::size_t take_body(std::string_view bytes);
    bool may_have_left() const;

    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
    static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
    static int on_ready_to_send(void* self, char*, char*, int, int);
    static int on_socket(void* self, curl_socket_t socket, curlsocktype);

    HttpRequest request_;
    SendGate gate_;
    std::chrono::milliseconds unacknowledged_max_;
    std::vector<std::string> header_lines_;
    std::vector<curl_slist> header_list_;  // points into header_lines_: libcurl makes no copy to wipe
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
    Wakeup done_;
    CURLcode code_ = CURLE_OK;
    Gate gate_state_ = Gate::not_asked;
    std::size_t body_given_ = 0;
    std::size_t header_bytes_ = 0;
    bool too_large_ = false;
    HttpAnswer answer_;
};

}  // namespace postrider
