#pragma once

#include "lib/net/curl_exchange.h"
#include "lib/net/http_client.h"

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// One exchange over HTTP, as libcurl sees it: what its callbacks need and what they have gathered.
class Transfer final : public CurlExchange {
public:
    Transfer(HttpRequest request, SendGate gate, const HttpClientLimits& limits);
    ~Transfer();

    HttpResult take_result();

private:
    enum class Gate { not_asked, granted, refused };

    void set_target();
    void set_headers();
    void set_body();
    void add_header(std::string line);
    bool pass_gate() noexcept;
    std::size_t give_body(char* buffer, std::size_t room);
    std::size_t take_header(std::string_view line);
    std::size_t take_body(std::string_view bytes);
    bool may_have_left() const;

    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
    static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
    static int on_ready_to_send(void* self, char* address, char*, int, int);
    static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);

    HttpRequest request_;
    SendGate gate_;
    std::vector<std::string> header_lines_;
    std::vector<curl_slist> header_list_;  // points into header_lines_: libcurl makes no copy to wipe
    Gate gate_state_ = Gate::not_asked;
    std::size_t body_given_ = 0;
    std::size_t header_bytes_ = 0;
    bool too_large_ = false;
    bool closed_address_ = false;  // it leads to an address that is not public
    HttpAnswer answer_;
};

}  // namespace postrider
