#include "transports/twilio/twilio.h"

#include "lib/dispatch/number_lookup.h"
#include "lib/dispatch/single_transport.h"
#include "lib/log/log.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/balance.h"
#include "transports/twilio/callback.h"
#include "transports/twilio/history.h"
#include "transports/twilio/lookup.h"
#include "transports/twilio/media.h"
#include "transports/twilio/pages.h"
#include "transports/twilio/receiver.h"
#include "transports/twilio/records.h"
#include "transports/twilio/request.h"
#include "transports/twilio/sid.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace postrider::twilio {

namespace {

/// For a word with Twilio's support; nothing else of an answer is fit for a log.
std::string request_id(const HttpAnswer& answer) {
    const std::string id = answer.header("twilio-request-id").value_or("");
    return is_sid(id, "RQ") ? id : "";
}

void log_failure(const AttemptKey& attempt, const HttpAnswer& answer, const Outcome& outcome) {
    log::info("twilio did not accept", {{"attempt", attempt.id},
                                        {"status", answer.status},
                                        {"verdict", to_string(outcome.verdict)},
                                        {"request_id", request_id(answer)}});
}

/// Wipes a text when it ends, whatever is thrown meanwhile.
struct Wiped {
    explicit Wiped(std::string& what) : text(what) {}
    ~Wiped() { wipe(text); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    std::string& text;
};

class TwilioTransport final : public SingleTransport, public NumberLookup, public MessageHistory {
public:
    TwilioTransport(Settings settings, HttpClient& http, const Clock& clock)
        : settings_(std::move(settings)), http_(http), clock_(clock) {}

    std::size_t text_units_max() const override { return text_characters_max; }

    bool is_medium(std::string_view text) const override { return is_image(text); }
    bool counts_segments() const override { return true; }
    MediaLimits media_limits() const override { return twilio::media_limits(); }
    std::optional<std::string> medium_objection(const MediaFile& medium) const override {
        return twilio::medium_objection(medium);
    }

    bool keeps_records() const override { return true; }

    Task<std::vector<ProviderRecord>> records(RecordQuery query) override {
        std::vector<ProviderRecord> found;
        std::set<std::string> seen;  // a page may repeat what the one before has
        HttpRequest request = first_page(query, settings_);
        for (int pages = 1; pages <= pages_max; ++pages) {
            RecordPage page = co_await ask(std::move(request), query);
            for (ProviderRecord& record : page.records) {
                if (seen.insert(record.provider_id).second) found.push_back(std::move(record));
            }
            if (page.next_page.empty()) {
                std::reverse(found.begin(), found.end());
                co_return found;
            }
            request = page_at(std::move(page.next_page), settings_);
        }
        throw std::runtime_error("Twilio's records cannot be had: there are too many");
    }

    std::string_view watched_of_account() const override {
        return settings_.balance_limits.any() ? "balance" : "";
    }

    Task<Check> account_check() override {
        HttpRequest request = balance_request(settings_);
        SendGate no_gate;  // to ask sends nothing
        const HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
        co_return read_balance(result, settings_.balance_limits);
    }

    NumberLookup* number_lookup() override { return this; }

    Task<NumberReport> look_up(Address number, std::string country) override {
        HttpRequest request = lookup_request(number.reveal(), country, settings_);
        SendGate no_gate;  // to ask sends nothing
        HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
        const Wiped body(result.answer.body);
        co_return read_lookup(result);
    }

    MessageHistory* message_history() override { return this; }

    Task<std::vector<PastMessage>> messages_since(TimePoint since, const Sealer& sealer) override {
        std::vector<PastMessage> found;
        std::set<std::string> seen;  // a page may repeat what the one before has
        HttpRequest request = first_history_page(settings_);
        for (int pages = 1; pages <= history_pages_max; ++pages) {
            HttpResult result = co_await list(std::move(request));
            const Wiped body(result.answer.body);
            HistoryPage page = read_history_page(result, since, sealer, settings_);
            for (PastMessage& each : page.messages) {
                if (seen.insert(each.message.provider_id).second) found.push_back(std::move(each));
            }
            if (page.next_page.empty()) {
                std::reverse(found.begin(), found.end());
                co_return found;
            }
            request = page_at(std::move(page.next_page), settings_);
        }
        fail_listing("there are too many: ask for less time");
    }

    Task<std::vector<IncomingMedium>> media_of(std::string provider_id) override {
        HttpRequest request = media_list_request(provider_id, settings_);
        const HttpResult result = co_await list(std::move(request));
        co_return read_media_list(result, settings_);
    }

private:
    Task<HttpResult> list(HttpRequest request) {
        SendGate no_gate;  // to ask sends nothing
        HttpResult result = co_await http_.send(std::move(request), std::move(no_gate));
        if (result.exchange == Exchange::answered && result.answer.status != 200) {
            log::info("twilio did not list its records",
                      {{"status", result.answer.status}, {"request_id", request_id(result.answer)}});
        }
        co_return result;
    }

    Task<RecordPage> ask(HttpRequest request, const RecordQuery& query) {
        HttpResult result = co_await list(std::move(request));
        const Wiped body(result.answer.body);  // it repeats number and texts
        co_return read_page(result, query, settings_);
    }

    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) override {
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

/// Unless the settings say otherwise, reports come to us: if Twilio can reach us. An address that it does not
/// take would fail each message.
Settings with_callback(Settings settings, const std::string& report_url) {
    if (!settings.status_callback && report_url.starts_with("https://") && !callback_fault(report_url))
        settings.status_callback = report_url;
    if (settings.status_callback == no_callback) settings.status_callback.reset();
    return settings;
}

class TwilioKind final : public TransportKind {
public:
    std::string_view name() const override { return "twilio"; }
    std::string_view site_package() const override { return "simple_messaging_twilio"; }
    std::vector<SiteKey> site_keys() const override {
        return {{"account_sid", "client_id"},
                {"auth_token", "auth_token"},
                {"from", "phone_number"},
                {"send_as_mms", "use_mms", "true"},
                {"balance_account_sid", "root_client_id"},
                {"balance_auth_token", "root_auth_token"},
                {"balance_warning", "balance_warning"},
                {"balance_critical", "balance_critical"},
                {"base_url", "base_url"}};
    }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        const Settings settings = twilio::read_settings(channel);
        return {[settings](const TransportParts& parts) {
                    return make_transport(with_callback(settings, parts.report_url), parts.http, parts.clock);
                },
                make_receiver(settings)};
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
