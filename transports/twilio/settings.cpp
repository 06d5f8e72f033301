#include "transports/twilio/settings.h"

#include "lib/net/foreign_url.h"
#include "transports/twilio/amount.h"
#include "transports/twilio/callback.h"
#include "transports/twilio/sid.h"

#include <algorithm>

namespace postrider::twilio {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// `+` and up to 15 digits (E.164), a short code, up to 11 letters, digits and a few signs with a letter
/// among them (alphanumeric sender), or `whatsapp:…` and its like.
bool is_sender(std::string_view text) {
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        return colon > 0 && colon + 1 < text.size() &&
               std::all_of(text.begin(), text.begin() + colon, is_letter);
    }
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        return !text.empty() && text.size() <= 15 && text.front() != '0' &&
               std::all_of(text.begin(), text.end(), is_digit);
    }
    if (std::all_of(text.begin(), text.end(), is_digit)) return text.size() >= 3 && text.size() <= 8;
    return text.size() <= 11 && std::any_of(text.begin(), text.end(), is_letter) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) ||
                      std::string_view(" +-_&").find(c) != std::string_view::npos;
           });
}

void check_sid(SettingsReader& channel, std::string_view key, std::string_view sid, std::string_view prefix) {
    if (is_sid(sid, prefix)) return;
    channel.problem(key, "must be " + std::string(prefix) + " and 32 hexadecimal digits");
}

void check_credentials(SettingsReader& channel, const Settings& settings) {
    if (settings.api_key) check_sid(channel, "api_key", *settings.api_key, "SK");
    // Asked of the file, not of the values: of a secret that cannot be read the reader has said so.
    const bool has_secret = channel.has("api_key_secret");
    if (settings.api_key && !has_secret) {
        channel.problem("api_key_secret", "is missing: api_key needs it");
    } else if (!settings.api_key && has_secret) {
        channel.problem("api_key", "is missing: api_key_secret needs it");
    } else if (!settings.api_key && !channel.has("auth_token")) {
        channel.problem("auth_token", "is missing (or api_key and api_key_secret)");
    }
}

std::optional<std::string> read_callback(SettingsReader& channel) {
    if (channel.optional_text("status_callback") == no_callback) return std::string(no_callback);
    std::string url = channel.url("status_callback", "", PlainHttp::anywhere);
    if (url.empty()) return std::nullopt;  // not there, or the reader has said what is wrong
    if (const auto fault = callback_fault(url)) channel.problem("status_callback", *fault);
    return url;
}

std::optional<double> read_amount(SettingsReader& channel, std::string_view key) {
    const auto text = channel.optional_text(key);
    if (!text || text->empty()) return std::nullopt;
    const auto amount = parse_amount(*text);
    if (!amount) channel.problem(key, "must be an amount, such as 20 or 12.50");
    return amount;
}

void read_balance_settings(SettingsReader& channel, Settings& settings) {
    BalanceLimits& limits = settings.balance_limits;
    limits.warning = read_amount(channel, "balance_warning");
    limits.critical = read_amount(channel, "balance_critical");
    if (limits.warning && limits.critical && *limits.critical > *limits.warning)
        channel.problem("balance_critical", "must not be above balance_warning");
    settings.balance_account_sid = channel.optional_text("balance_account_sid");
    settings.balance_auth_token = channel.secret("balance_auth_token");
    // A site that has half of them, for its own purposes, sends all the same.
    if (!limits.any()) return;
    if (settings.balance_account_sid)
        check_sid(channel, "balance_account_sid", *settings.balance_account_sid, "AC");
    if (settings.balance_account_sid && !channel.has("balance_auth_token"))
        channel.problem("balance_auth_token", "is missing: balance_account_sid needs it");
    if (!settings.balance_account_sid && channel.has("balance_auth_token"))
        channel.problem("balance_account_sid", "is missing: balance_auth_token needs it");
}

/// Names of hosts, in lower case; `*.` in front stands for all below.
std::vector<std::string> read_media_hosts(SettingsReader& channel) {
    std::vector<std::string> hosts = channel.texts("media_hosts", {});
    for (std::string& host : hosts) {
        const std::string_view name = std::string_view(host).substr(host.starts_with("*.") ? 2 : 0);
        const auto parsed = parse_foreign_url("https://" + std::string(name) + "/");
        if (!parsed || parsed->port != 443 || parsed->target != "/" || parsed->host.starts_with('[') ||
            parsed->host.find_first_not_of("0123456789.") == std::string::npos ||
            (host.starts_with("*.") && parsed->host.find('.') == std::string::npos)) {
            channel.problem("media_hosts",
                            "must hold names of hosts, like files.example.org or *.example.org");
            return {};
        }
        host = (host.starts_with("*.") ? "*." : "") + parsed->host;
    }
    return hosts;
}

}  // namespace

Settings read_settings(SettingsReader& channel) {
    Settings settings;
    settings.account_sid = channel.required_text("account_sid");
    settings.auth_token = channel.secret("auth_token");
    settings.secondary_auth_token = channel.secret("secondary_auth_token");
    settings.api_key = channel.optional_text("api_key");
    settings.api_key_secret = channel.secret("api_key_secret");
    settings.from = channel.optional_text("from");
    settings.messaging_service_sid = channel.optional_text("messaging_service_sid");
    settings.status_callback = read_callback(channel);
    read_balance_settings(channel, settings);
    settings.send_as_mms = channel.flag("send_as_mms", settings.send_as_mms);
    settings.base_url = channel.url("base_url", settings.base_url);
    settings.lookups_url = channel.url("lookups_url", settings.lookups_url);
    settings.media_hosts = read_media_hosts(channel);
    // Where it is missing the reader has said so.
    if (!settings.account_sid.empty()) check_sid(channel, "account_sid", settings.account_sid, "AC");
    check_credentials(channel, settings);
    if (settings.from && !is_sender(*settings.from)) {
        channel.problem(
            "from", "must be +number, a short code, a sender name of up to 11 letters, or channel:address");
    }
    if (settings.from && settings.from->starts_with("whatsapp:") && !channel.has("prefix")) {
        channel.warning("prefix", "is missing: with such a sender Twilio takes only whatsapp: addresses");
    }
    if (settings.messaging_service_sid) {
        check_sid(channel, "messaging_service_sid", *settings.messaging_service_sid, "MG");
    } else if (!settings.from) {
        channel.problem("from", "is missing (or messaging_service_sid)");
    }
    for (std::string* url : {&settings.base_url, &settings.lookups_url}) {
        while (url->ends_with('/')) url->pop_back();
    }
    return settings;
}

BasicCredentials credentials(const Settings& settings) {
    if (settings.api_key && settings.api_key_secret) return {*settings.api_key, *settings.api_key_secret};
    return {settings.account_sid, settings.auth_token.value_or(Secret())};
}

}  // namespace postrider::twilio
