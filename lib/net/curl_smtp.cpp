#include "lib/net/curl_loop.h"
#include "lib/net/smtp_client.h"
#include "lib/net/smtp_sessions.h"
#include "lib/net/smtp_transfer.h"

#include <utility>

namespace postrider {

namespace {

class CurlSmtp final : public SmtpClient {
public:
    CurlSmtp(Executor executor, SmtpClientLimits limits)
        : executor_(executor),
          limits_(limits),
          sessions_(limits.session_messages_max),
          loop_(std::move(executor), limits.sessions_per_host_max) {}
    ~CurlSmtp() override { sessions_.shut_all(); }

    Task<SmtpResult> send(SmtpRequest request, SendGate gate) override {
        SmtpTransfer transfer(executor_, std::move(request), std::move(gate), limits_, sessions_);
        co_await loop_.run(transfer);
        co_return transfer.take_result();
    }

private:
    const Executor executor_;
    const SmtpClientLimits limits_;
    SmtpSessions sessions_;  // libcurl closes them as the loop ends
    CurlLoop loop_;
};

}  // namespace

std::unique_ptr<SmtpClient> make_smtp_client(Executor executor, SmtpClientLimits limits) {
    return std::make_unique<CurlSmtp>(std::move(executor), limits);
}

}  // namespace postrider
