#include "docs/example-transport/pager.h"

#include "lib/config/settings_reader.h"
#include "lib/dispatch/single_transport.h"
#include "lib/net/unanswered.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace postrider::pager {

namespace {

struct Settings {
    std::string base_url = "https://pager.example.com";
    Secret token;
};

class PagerTransport final : public SingleTransport {
public:
    PagerTransport(Settings settings, HttpClient& http) : settings_(std::move(settings)), http_(http) {}

    std::size_t text_units_max() const override { return 240; }

private:
    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) override {
        HttpRequest http;
        http.method = "POST";
        http.url = settings_.base_url + "/pages";
        http.headers = {{"Content-Type", "application/json"},
                        {"Authorization", "Bearer " + settings_.token.reveal()}};
        http.body = boost::json::serialize(
            boost::json::object{{"pager", request.destination.reveal()}, {"text", request.text.reveal()}});
        SendGate gate = [&permit] { return permit.granted(); };
        HttpResult result = co_await http_.send(std::move(http), std::move(gate));
        Outcome outcome = read_answer(result);
        wipe(result.answer.body);
        co_return outcome;
    }

    const Settings settings_;
    HttpClient& http_;
};

class PagerKind final : public TransportKind {
public:
    std::string_view name() const override { return "pager"; }
    ChannelMakers read_settings(SettingsReader& channel) const override {
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
    if (result.exchange != Exchange::answered) return unanswered(result);
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
