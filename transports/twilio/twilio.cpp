#include "transports/twilio/twilio.h"

#include "lib/log/log.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/request.h"
#include "transports/twilio/sid.h"

namespace postrider::twilio {

namespace {

/// For a word with Twilio's support; nothing else of an answer is fit for a log.
void log_failure(const AttemptKey& attempt, const HttpAnswer& answer, const Outcome& outcome) {
    const std::string request_id = answer.header("twilio-request-id").value_or("");
    log::info("twilio did not accept", {{"attempt", attempt.id},
                                        {"status", answer.status},
                                        {"verdict", to_string(outcome.verdict)},
                                        {"request_id", is_sid(request_id, "RQ") ? request_id : ""}});
}

class TwilioTransport final : public Transport {
public:
    TwilioTransport(Settings settings, HttpClient& http, const Clock& clock)
        : settings_(std::move(settings)), http_(http), clock_(clock) {}

    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) override {
        std::vector<Outcome> outcomes;
        for (const PreparedRequest& request : requests) {
            Outcome outcome = co_await send_one(request, permit);
            outcomes.push_back(std::move(outcome));
        }
        co_return outcomes;
    }

private:
    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) {
        if (auto objected = objection(request)) co_return std::move(*objected);
        HttpRequest http = to_http(request, settings_);
        SendGate gate = [&permit] { return permit.granted(); };
        HttpResult result = co_await http_.send(std::move(http), std::move(gate));
        Outcome outcome = read_answer(result, clock_.now());
        if (outcome.verdict != Verdict::sent && result.exchange == Exchange::answered) {
            log_failure(request.attempt, result.answer, outcome);
        }
        wipe(result.answer.body);  // it repeats number and text
        co_return outcome;
    }

    const Settings settings_;
    HttpClient& http_;
    const Clock& clock_;
};

class TwilioKind final : public TransportKind {
public:
    std::string_view name() const override { return "twilio"; }
    std::chrono::seconds expire_after() const override { return std::chrono::hours{4}; }
    MakeTransport read_settings(SettingsReader& channel) const override {
        return [settings = twilio::read_settings(channel)](const TransportParts& parts) {
            return make_transport(settings, parts.http, parts.clock);
        };
    }
};

}  // namespace

std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock) {
    return std::make_unique<TwilioTransport>(std::move(settings), http, clock);
}

const TransportKind& kind() {
    static const TwilioKind instance;
    return instance;
}

}  // namespace postrider::twilio
