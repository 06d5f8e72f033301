#include "transports/azure/azure.h"

#include "lib/dispatch/single_transport.h"
#include "lib/log/log.h"
#include "transports/azure/answer.h"
#include "transports/azure/receiver.h"
#include "transports/azure/request.h"

#include <algorithm>
#include <string_view>

namespace postrider::azure {

namespace {

/// What Azure documents for its other services of this kind; for text messages it gives no figure.
constexpr std::chrono::minutes repeatability_window{5};

/// For a word with Azure's support (MS-CV); nothing else of an answer is fit for a log.
std::string request_id(const HttpAnswer& answer) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/.=-";
    const std::string id = answer.header("ms-cv").value_or("");
    return id.size() <= 128 && id.find_first_not_of(allowed) == std::string::npos ? id : "";
}

void log_failure(const AttemptKey& attempt, const HttpAnswer& answer, const Outcome& outcome) {
    log::info("azure did not accept", {{"attempt", attempt.id},
                                       {"status", answer.status},
                                       {"verdict", to_string(outcome.verdict)},
                                       {"request_id", request_id(answer)}});
}

class AzureTransport final : public SingleTransport {
public:
    AzureTransport(Settings settings, HttpClient& http, const Clock& clock)
        : settings_(std::move(settings)), http_(http), clock_(clock) {}

    std::size_t text_units_max() const override { return azure::text_units_max; }
    bool counts_segments() const override { return true; }
    std::chrono::seconds idempotency_window() const override { return repeatability_window; }

private:
    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) override {
        if (auto objected = objection(request)) co_return std::move(*objected);
        HttpRequest http = to_http(request, settings_, clock_.now());
        SendGate gate = [&permit] { return permit.granted(); };
        HttpResult result = co_await http_.send(std::move(http), std::move(gate));
        Outcome outcome = read_answer(result, request.parts, clock_.now());
        if (outcome.verdict != Verdict::sent && result.exchange == Exchange::answered) {
            log_failure(request.attempt, result.answer, outcome);
        }
        wipe(result.answer.body);  // it repeats the number
        co_return outcome;
    }

    const Settings settings_;
    HttpClient& http_;
    const Clock& clock_;
};

class AzureKind final : public TransportKind {
public:
    std::string_view name() const override { return "azure"; }
    std::string_view site_package() const override { return "simple_messaging_azure"; }
    std::vector<SiteKey> site_keys() const override {
        return {
            {"connection_string", "connection_string"}, {"from", "phone_number"}, {"base_url", "base_url"}};
    }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        const Settings settings = azure::read_settings(channel);
        return {[settings](const TransportParts& parts) {
                    return make_transport(settings, parts.http, parts.clock);
                },
                make_receiver(settings)};
    }
};

}  // namespace

std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock) {
    return std::make_unique<AzureTransport>(std::move(settings), http, clock);
}

const TransportKind& kind() {
    static const AzureKind instance;
    return instance;
}

}  // namespace postrider::azure
