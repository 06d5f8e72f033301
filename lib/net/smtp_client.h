#pragma once

#include "lib/async/task.h"
#include "lib/net/http_client.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

enum class SmtpSecurity {
    implicit_tls,  ///< from the first byte (`smtps:`, RFC 8314)
    starttls,      ///< required: a server that does not offer it gets nothing (RFC 3207)
    none,          ///< for a relay on the same host or network
};

/// One message to one server, in one transaction (RFC 5321).
struct SmtpRequest {
    std::string host;  ///< a name or a numeric address, that of IPv6 in brackets
    unsigned port = 587;
    SmtpSecurity security = SmtpSecurity::starttls;
    std::string ca_file = {};  ///< of certificates to trust instead of the system's; empty: the system's
    std::string ehlo_name;
    std::optional<BasicCredentials> credentials = std::nullopt;
    std::string sender;                   ///< of the envelope, bare; bounces go there
    std::vector<std::string> recipients;  ///< of the envelope, bare; refused together if one is
    std::string message;  ///< all of it, lines ending in CRLF; wiped once the exchange is over
    /// From start to the last answer.
    std::chrono::milliseconds timeout = std::chrono::minutes{2};
};

/// Where it ended.
enum class SmtpStage {
    session,   ///< connecting, greeting, TLS, credentials
    envelope,  ///< sender, recipients, and the request to take the message
    message,
};

/// What came of it.
struct SmtpResult {
    Exchange exchange = Exchange::unknown;  ///< `not_sent`: the end of the message has not left
    SmtpStage stage = SmtpStage::session;
    int code = 0;               ///< the last reply's; of `answered`, the one to the whole message
    std::string enhanced = {};  ///< RFC 3463, such as `5.1.1`; empty where it has none
    std::string queue_id = {};  ///< under which the server says that it keeps the message
    std::string error = {};     ///< where there is no answer: why; without an address
    bool gate_refused = false;
    bool no_authentication = false;  ///< there are credentials, and the server asks for none
    bool no_tls = false;             ///< it cannot be had, or its certificate is not to be trusted
};

/// Messages over SMTP, over sessions that are kept and used again. Loop thread only.
class SmtpClient {
public:
    virtual ~SmtpClient() = default;
    /// Never throws for what a network or server does. `gate` is asked once the server waits for the message,
    /// immediately before its first byte. Cancelled, nothing more of the message leaves.
    virtual Task<SmtpResult> send(SmtpRequest request, SendGate gate = {}) = 0;
};

struct SmtpClientLimits {
    std::chrono::milliseconds connect_timeout{10000};
    /// Sessions idle for longer, or older, are not used again; nor those that have carried so many messages.
    std::chrono::seconds idle_session_max{30};
    std::chrono::seconds session_age_max{600};
    int session_messages_max = 100;
    std::size_t sessions_per_server_max = 32;  ///< more messages at once wait for one
    std::chrono::milliseconds unacknowledged_max{15000};
};

/// On libcurl, with threads for each server. `executor` is the loop's and must outlive the client; every `send`
/// has ended before the client goes. Sessions end by closing the connection: libcurl would wait for the answer
/// to QUIT, however long that takes.
std::unique_ptr<SmtpClient> make_smtp_client(Executor executor, SmtpClientLimits limits = {});

}  // namespace postrider
