#pragma once

#include "lib/net/curl_exchange.h"
#include "lib/net/smtp_client.h"
#include "lib/net/smtp_sessions.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider {

/// One message over SMTP, as libcurl sees it.
class SmtpTransfer final : public CurlExchange {
public:
    SmtpTransfer(SmtpRequest request, SendGate gate, const SmtpClientLimits& limits, SmtpSessions& sessions);
    ~SmtpTransfer();

    /// While the handle is still whoever's that drives libcurl.
    void end(CURLcode code);
    SmtpResult take_result();

private:
    enum class Gate { not_asked, granted, refused };

    void set_envelope();
    bool pass_gate() noexcept;
    std::size_t give_message(char* buffer, std::size_t room);
    void take_line(std::string_view line);
    void shut_session();
    bool in_session() const;

    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
    static std::size_t on_line(char* bytes, std::size_t size, std::size_t count, void* self);

    SmtpRequest request_;
    SendGate gate_;
    SmtpSessions& sessions_;
    std::string sender_;
    std::string url_;
    std::vector<curl_slist> recipients_;  // points into the request
    Gate gate_state_ = Gate::not_asked;
    std::size_t given_ = 0;
    // Of a session that is new; of one of before, nothing of this is heard.
    int greetings_ = 0;        // the greeting, and the one that STARTTLS begins anew with
    bool introduced_ = false;  // the server has answered EHLO well, since the last of them
    bool authenticated_ = false;
    bool no_authentication_ = false;
    int code_of_line_ = 0;
    std::size_t reply_bytes_ = 0;
    std::string enhanced_;
    std::string queue_id_;
};

}  // namespace postrider
