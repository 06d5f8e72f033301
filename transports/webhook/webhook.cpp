#include "transports/webhook/webhook.h"

#include "lib/dispatch/single_transport.h"
#include "lib/log/log.h"
#include "transports/webhook/answer.h"
#include "transports/webhook/request.h"

namespace postrider::webhook {

namespace {

/// Longer than any try of a message comes after its first: receivers are to keep the ids that long.
constexpr std::chrono::hours ids_known{30 * 24};

class WebhookTransport final : public SingleTransport {
public:
    WebhookTransport(Settings settings, HttpClient& http, const Clock& clock)
        : settings_(std::move(settings)), http_(http), clock_(clock) {}

    bool tells_of_message() const override { return true; }
    std::chrono::seconds idempotency_window() const override { return ids_known; }

private:
    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) override {
        if (auto objected = objection(request)) co_return std::move(*objected);
        HttpRequest http = to_http(request, settings_, clock_.now());
        SendGate gate = [&permit] { return permit.granted(); };
        HttpResult result = co_await http_.send(std::move(http), std::move(gate));
        Outcome outcome = read_answer(result, webhook_id(request), clock_.now());
        if (outcome.verdict != Verdict::sent) {
            log::info("the webhook's receiver did not accept", {{"attempt", request.attempt.id},
                                                                {"status", result.answer.status},
                                                                {"verdict", to_string(outcome.verdict)}});
        }
        wipe(result.answer.body);  // it may repeat ours
        co_return outcome;
    }

    const Settings settings_;
    HttpClient& http_;
    const Clock& clock_;
};

class WebhookKind final : public TransportKind {
public:
    std::string_view name() const override { return "webhook"; }
    std::chrono::seconds expire_after() const override { return std::chrono::hours{3 * 24}; }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        return [settings = webhook::read_settings(channel)](const TransportParts& parts) {
            return make_transport(settings, parts.http, parts.clock);
        };
    }
};

}  // namespace

std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock) {
    return std::make_unique<WebhookTransport>(std::move(settings), http, clock);
}

const TransportKind& kind() {
    static const WebhookKind instance;
    return instance;
}

}  // namespace postrider::webhook
