#include "lib/net/curl_transfer.h"

#include "lib/log/log.h"
#include "lib/net/header_line.h"
#include "lib/net/public_address.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace postrider {

Transfer::Transfer(HttpRequest request, SendGate gate, const HttpClientLimits& limits)
    : CurlExchange(limits.unacknowledged_max), request_(std::move(request)), gate_(std::move(gate)) {
    set_common(request_.timeout, limits.connect_timeout, limits.idle_connection_max);
    set_target();
    set_body();
    set_headers();
    set(CURLOPT_PREREQFUNCTION, &Transfer::on_ready_to_send);
    set(CURLOPT_PREREQDATA, this);
    if (request_.public_addresses_only) {
        set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open);
        set(CURLOPT_OPENSOCKETDATA, this);
    }
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_write);
    set(CURLOPT_WRITEDATA, this);
}

Transfer::~Transfer() {
    end_handle();
    for (std::string& line : header_lines_) wipe(line);
    for (auto& [name, value] : request_.headers) wipe(value);
    wipe(request_.body);
    wipe(answer_.body);
}

void Transfer::set_target() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, "postrider/" POSTRIDER_VERSION);
    if (!request_.pinned_key.empty()) {
        set(CURLOPT_PINNEDPUBLICKEY, request_.pinned_key.c_str());
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (request_.credentials) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, request_.credentials->user.c_str());
        set(CURLOPT_PASSWORD, request_.credentials->password.reveal().c_str());
    }
}

void Transfer::set_headers() {
    bool typed = false;
    for (const auto& [name, value] : request_.headers) {
        typed = typed || lower_case(name) == "content-type";
        // libcurl's form for a header without value.
        add_header(value.empty() ? name + ";" : std::string(name).append(": ").append(value));
    }
    add_header("Expect:");  // a name and a colon: libcurl leaves its own out
    if (!typed) add_header("Content-Type:");
    header_list_.resize(header_lines_.size());
    for (std::size_t i = 0; i < header_lines_.size(); ++i) {
        header_list_[i].data = header_lines_[i].data();
        header_list_[i].next = i + 1 < header_lines_.size() ? &header_list_[i + 1] : nullptr;
    }
    set(CURLOPT_HTTPHEADER, header_list_.data());
}

void Transfer::add_header(std::string line) {
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) refuse();
    header_lines_.push_back(std::move(line));
}

void Transfer::set_body() {
    if (!request_.body.empty()) {
        // By callback and without a seek function, so that libcurl cannot repeat what has left.
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(CURLOPT_READFUNCTION, &Transfer::on_read);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
        return;
    }
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "GET") {
        set(CURLOPT_HTTPGET, 1L);
    } else {
        if (request_.method != "DELETE") add_header("Content-Length: 0");
        set(CURLOPT_HTTPGET, 1L);
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

bool Transfer::pass_gate() noexcept {
    gate_state_ = Gate::refused;
    try {
        if (!gate_ || gate_()) gate_state_ = Gate::granted;
    } catch (...) {  // libcurl's frames are C: nothing may pass through them
        log::error("a send's gate failed; the request was not sent");
    }
    return gate_state_ == Gate::granted;
}

std::size_t Transfer::give_body(char* buffer, std::size_t room) {
    if (gate_state_ == Gate::not_asked) pass_gate();
    if (gate_state_ == Gate::refused) return CURL_READFUNC_ABORT;
    const std::size_t count = std::min(room, request_.body.size() - body_given_);
    std::memcpy(buffer, request_.body.data() + body_given_, count);
    body_given_ += count;
    return count;
}

std::size_t Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > request_.answer_bytes_max) {
        too_large_ = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) {  // also after an interim answer (1xx): only the last counts
        answer_.headers.clear();
        return line.size();
    }
    if (auto header = parse_header_line(line)) answer_.headers.push_back(std::move(*header));
    return line.size();
}

std::size_t Transfer::take_body(std::string_view bytes) {
    if (bytes.size() > request_.answer_bytes_max - answer_.body.size()) {
        too_large_ = true;
        if (request_.status_suffices)
            answer_.body.append(bytes, 0, request_.answer_bytes_max - answer_.body.size());
        return 0;
    }
    answer_.body.append(bytes);
    return bytes.size();
}

bool Transfer::may_have_left() const {
    if (!request_.body.empty()) return body_given_ > 0;
    long header_bytes = 0;
    curl_easy_getinfo(easy(), CURLINFO_REQUEST_SIZE, &header_bytes);
    return header_bytes > 0;
}

HttpResult Transfer::take_result() {
    HttpResult result;
    if (code() == CURLE_OK ||
        (too_large_ && request_.status_suffices && header_bytes_ <= request_.answer_bytes_max)) {
        long status = 0;
        curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<int>(status);
        result.exchange = Exchange::answered;
        result.too_large = too_large_;
        result.answer = std::move(answer_);
        return result;
    }
    result.exchange = may_have_left() ? Exchange::unknown : Exchange::not_sent;
    result.gate_refused = gate_state_ == Gate::refused && result.exchange == Exchange::not_sent;
    if (result.gate_refused) {
        result.error = "the send was not permitted any more";
    } else if (closed_address_ && result.exchange == Exchange::not_sent) {  // no other address would do
        result.address_refused = true;
        result.error = "it leads to an address that is not public";
    } else if (too_large_) {
        result.too_large = true;
        result.error = "the answer is larger than allowed";
    } else {
        result.error = curl_easy_strerror(code());  // its error buffer could hold parts of the request
    }
    return result;
}

std::size_t Transfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->give_body(buffer, size * count);
}

std::size_t Transfer::on_write(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_body({bytes, size * count});
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_header({bytes, size * count});
}

/// libcurl is connected and about to write, perhaps on a connection of before. A second time means that it
/// wants to repeat, on a new connection, what may have arrived on the old one.
int Transfer::on_ready_to_send(void* self, char* address, char*, int, int) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.request_.public_addresses_only && !is_public_address(std::string_view(address))) {
        transfer.closed_address_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    if (!transfer.request_.body.empty()) return CURL_PREREQFUNC_OK;  // the gate is asked with its first byte
    if (transfer.gate_state_ != Gate::not_asked) return CURL_PREREQFUNC_ABORT;
    return transfer.pass_gate() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/// The address is the one that is connected to: no second look at a name comes between.
curl_socket_t Transfer::on_open(void* self, curlsocktype, curl_sockaddr* address) {
    if (!is_public_address(address->addr)) {
        static_cast<Transfer*>(self)->closed_address_ = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace postrider
