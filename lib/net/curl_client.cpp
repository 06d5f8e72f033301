#include "lib/net/curl_loop.h"
#include "lib/net/curl_transfer.h"
#include "lib/net/http_client.h"

#include <utility>

namespace postrider {

namespace {

class CurlClient final : public HttpClient {
public:
    CurlClient(Executor executor, HttpClientLimits limits)
        : limits_(limits), loop_(std::move(executor), limits.connections_per_host_max) {}

    Task<HttpResult> send(HttpRequest request, SendGate gate) override {
        Transfer transfer(std::move(request), std::move(gate), limits_);
        co_await loop_.run(transfer);
        co_return transfer.take_result();
    }

private:
    const HttpClientLimits limits_;
    CurlLoop loop_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(Executor executor, HttpClientLimits limits) {
    return std::make_unique<CurlClient>(std::move(executor), limits);
}

}  // namespace postrider
