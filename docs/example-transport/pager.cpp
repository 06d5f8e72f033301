#include "docs/example-transport/pager.h"

#include "lib/config/settings_reader.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace postrider::pager {

namespace {

struct Settings {
    std::string base_url = "https://pager.example.com";
    Secret token;
};

class PagerTransport final : public Transport {
public:
    PagerTransport(Settings settings, HttpClient& http) : settings_(std::move(settings)), http_(http) {}

    std::size_t text_units_max() const override { return 240; }

    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) override {
        std::vector<Outcome> outcomes;
        for (const PreparedRequest& request : requests) {
            HttpRequest http;
            http.method = "POST";
            http.url = settings_.base_url + "/pages";
            http.headers = {{"Content-Type", "application/json"},
                            {"Authorization", "Bearer " + settings_.token.reveal()}};
            http.body = boost::json::serialize(boost::json::object{{"pager", request.destination.reveal()},
                                                                   {"text", request.text.reveal()}});
            SendGate gate = [&permit] { return permit.granted(); };
            HttpResult result = co_await http_.send(std::move(http), std::move(gate));
            outcomes.push_back(read_answer(result));
            wipe(result.answer.body);
        }
        co_return outcomes;
    }

private:
    const Settings settings_;
    HttpClient& http_;
};

class PagerKind final : public TransportKind {
public:
    std::string_view name() const override { return "pager"; }
    MakeTransport read_settings(SettingsReader& channel) const override {
        Settings settings;
        settings.base_url = channel.url("base_url", settings.base_url);
        settings.token = channel.required_secret("token");
        return [settings](const TransportParts& parts) {
            return std::make_unique<PagerTransport>(settings, parts.http);
        };
    }
};

}  // namespace

Outcome read_answer(const HttpResult& result) {
    if (result.gate_refused) return Outcome::failed(Verdict::deferred, "not sent: not permitted any more");
    if (result.exchange == Exchange::not_sent)
        return Outcome::failed(Verdict::deferred, "not sent: " + result.error);
    if (result.exchange == Exchange::unknown)
        return Outcome::failed(Verdict::in_doubt, "sent, but not answered: " + result.error);
    const int status = result.answer.status;
    if (status == 201) {
        const std::string id = result.answer.header("x-page-id").value_or("");
        return Outcome::sent(id, {{"pager_id", id}});
    }
    const std::string reason = fmt::format("refused, status {}", status);
    if (status == 401 || status == 403) return Outcome::failed(Verdict::misconfigured, reason);
    if (status == 429) return Outcome::failed(Verdict::throttled, reason);
    if (status >= 400 && status < 500) return Outcome::failed(Verdict::rejected, reason);
    return Outcome::failed(Verdict::in_doubt, reason);
}

const TransportKind& kind() {
    static const PagerKind instance;
    return instance;
}

}  // namespace postrider::pager
