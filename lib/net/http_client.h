#pragma once

#include "lib/async/task.h"
#include "lib/model/private.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

struct BasicCredentials {
    std::string user;
    Secret password;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<BasicCredentials> credentials;
    std::string body;  ///< wiped once the exchange is over
    /// From start to end of answer.
    std::chrono::milliseconds timeout{15000};
    std::size_t answer_bytes_max = std::size_t{1} << 20;
    /// What an answer's body has beyond answer_bytes_max is not read, and the answer stands. (Without this, a
    /// larger answer is none.)
    bool status_suffices = false;
    /// Not empty: the server is known by this hash of its public key alone (`sha256//` and base64), whatever
    /// names its certificate holds, whoever signed it, and when it ends. For a server of our own.
    std::string pinned_key = {};
    /// Only to addresses of the public internet, whatever name leads there: for a URL that somebody else gave.
    bool public_addresses_only = false;
};

struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;

    /// The first header of that (lower-case) name.
    std::optional<std::string> header(std::string_view name) const;
};

/// How far an exchange came. The line between `not_sent` and `unknown` is the first byte of the
/// body (for a request without body: of the request line): before it, the server can have done
/// nothing.
enum class Exchange {
    answered,  ///< a whole answer came
    not_sent,  ///< the request never left: DNS, connect, TLS, or the gate refused
    unknown,   ///< it left, at least in part, and no whole answer came
};

struct HttpResult {
    Exchange exchange = Exchange::unknown;
    HttpAnswer answer;
    std::string error;  ///< when not answered: what went wrong, without address or body
    bool gate_refused = false;
    bool address_refused = false;  ///< it is not public, and had to be
    bool too_large = false;  ///< the answer has more than answer_bytes_max; `answer.body` is its beginning
};

/// Asked once, immediately before the first byte of the body leaves (of the request line, where there
/// is no body); false, or an exception, stops the request there. Must not call the client.
using SendGate = std::function<bool()>;

/// Requests over HTTP/1.1 with connections kept and reused. Loop thread only. A request is never
/// repeated behind the caller's back.
class HttpClient {
public:
    virtual ~HttpClient() = default;
    /// Never throws for what a network or server does. Cancelled, it leaves nothing running.
    virtual Task<HttpResult> send(HttpRequest request, SendGate gate = {}) = 0;
};

struct HttpClientLimits {
    std::chrono::milliseconds connect_timeout{5000};
    /// Idle connections older than this are not used again: below the providers' own idle limits.
    std::chrono::seconds idle_connection_max{50};
    long connections_per_host_max = 256;
    /// For how long bytes on their way may go without the peer's acknowledgement.
    std::chrono::milliseconds unacknowledged_max{15000};
};

/// On libcurl's multi interface; TLS certificates and host names are verified, redirects are answers,
/// proxies named by the environment are not used. `executor` is the loop's and must outlive the client;
/// every `send` has ended, or was cancelled and has ended, before the client goes.
std::unique_ptr<HttpClient> make_http_client(Executor executor, HttpClientLimits limits = {});

}  // namespace postrider
