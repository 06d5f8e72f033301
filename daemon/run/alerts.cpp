#include "daemon/run/alerts.h"

#include "lib/dispatch/transport.h"
#include "lib/health/alert_text.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "lib/net/unanswered.h"
#include "lib/schedule/iso_time.h"
#include "lib/store/host_name.h"
#include "lib/text/utf8.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{5};
constexpr std::chrono::minutes again_in{1};  // where nobody could be told

class AlwaysPermitted final : public Permit {
public:
    bool granted() const override { return true; }
};

}  // namespace

Alerts::Alerts(Executor executor, HttpClient& http, SmtpClient& smtp, std::function<Report()> report)
    : http_(http),
      smtp_(smtp),
      report_(std::move(report)),
      clock_(std::move(executor)),
      random_(make_system_random()),
      host_(host_name()) {}

void Alerts::configure(const Config& config) {
    config_ = config.alerts;
    policy_.set_rules(config_.rules);
    transport_.reset();
    for (const ChannelConfig& each : config.channels) {
        if (each.channel.name == config_.channel && each.makers.transport)
            transport_ = each.makers.transport(TransportParts{http_, smtp_, clock_, files_});
    }
}

Task<> Alerts::run() {
    for (;;) {
        co_await clock_.sleep_until(clock_.now() + look_every);
        co_await look();
    }
}

Task<> Alerts::look() {
    const TimePoint now = clock_.now();
    if (now < not_before_ || !check()) co_return;
    std::vector<Check> checks = report_().checks;
    std::erase_if(checks, [](const Check& each) { return each.name == "alerts"; });
    const Alert alert = policy_.look(checks, now);
    if (alert.empty()) co_return;
    const std::string of_people = co_await tell_people(alert);
    const std::string of_program = co_await tell_program(alert);
    trouble_ = of_people.empty() ? of_program : of_people;
    const bool told = (transport_ && of_people.empty()) || (config_.webhook && of_program.empty());
    if (told) {
        policy_.was_told(alert, now);
        told_last_ = now;
        log::info("alert sent", {{"begun", alert.begun.size()},
                                 {"lasting", alert.lasting.size()},
                                 {"ended", alert.ended.size()}});
    } else {
        not_before_ = now + again_in;
    }
    if (!trouble_.empty()) log::warn("an alert could not be sent", {{"reason", trouble_}});
}

/// Why not all of them; empty: they were, or there are none.
Task<std::string> Alerts::tell_people(const Alert& alert) {
    const std::shared_ptr<Transport> transport = transport_;
    if (!transport) co_return "";
    std::string text = alert_text(alert, host_);
    text.resize(std::min(text.size(), transport->text_units_max()));
    while (!is_utf8(text)) text.pop_back();  // a character that was cut
    const std::string subject = alert_subject(alert, host_);
    const std::vector<Address> to = config_.to;
    const AlwaysPermitted permit;
    std::string trouble;
    for (const Address& each : to) {
        std::vector<PreparedRequest> requests(1);
        PreparedRequest& request = requests.front();
        request.attempt.idempotency_key = random_->uuid();
        request.token = request.attempt.idempotency_key;
        std::erase(request.token, '-');
        request.destination = each;
        request.text = Text(text);
        request.metadata = boost::json::serialize(boost::json::object{{"email_subject", subject}});
        const std::vector<Outcome> outcomes = co_await transport->send(std::move(requests), permit);
        if (outcomes.at(0).verdict != Verdict::sent)
            trouble = fmt::format("channel {}: {}", config_.channel, outcomes.at(0).reason);
    }
    co_return trouble;
}

Task<std::string> Alerts::tell_program(const Alert& alert) {
    if (!config_.webhook) co_return "";
    const TimePoint now = clock_.now();
    const std::string id = "alert_" + random_->uuid();
    HttpRequest request = signed_post(*config_.webhook, id, alert_json(alert, host_, now), now);
    SendGate no_gate;  // an alert is repeated where in doubt
    const HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
    if (result.exchange != Exchange::answered) co_return "webhook: " + unanswered(result).reason;
    if (result.answer.status / 100 != 2) co_return fmt::format("webhook: status {}", result.answer.status);
    co_return "";
}

std::optional<Check> Alerts::check() const {
    if (!transport_ && !config_.webhook) return std::nullopt;
    Check check{.name = "alerts"};
    if (!trouble_.empty()) {
        say<status::alerts_failed>(check, trouble_);
    } else if (told_last_ == TimePoint::min()) {
        say<status::alerts_none>(check);
    } else {
        say<status::alerts_sent>(check, to_iso_time(told_last_));
    }
    return check;
}

}  // namespace postrider
