#include "transports/azure/settings.h"

#include "transports/azure/connection_string.h"

#include <algorithm>

namespace postrider::azure {

namespace {

constexpr std::size_t webhook_secret_min = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// `+` and up to 15 digits (E.164), a short code of 5 or 6 digits, or up to 11 letters, digits and spaces
/// with a letter among them (alphanumeric sender).
bool is_sender(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        return !text.empty() && text.size() <= 15 && text.front() != '0' &&
               std::all_of(text.begin(), text.end(), is_digit);
    }
    if (std::all_of(text.begin(), text.end(), is_digit)) return text.size() == 5 || text.size() == 6;
    return text.size() <= 11 && std::any_of(text.begin(), text.end(), is_letter) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == ' '; });
}

/// `2021-03-07`, `2025-05-29-preview`: it becomes part of a URL.
bool is_version(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00";
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
    }
    text.remove_prefix(shape.size());
    return text.empty() || (text.starts_with("-preview") && std::all_of(text.begin(), text.end(), [](char c) {
                                return is_letter(c) || is_digit(c) || c == '-' || c == '.';
                            }));
}

/// An address of ours, without slashes; empty where it is missing or wrong, which the reader is told.
std::string read_endpoint(SettingsReader& channel, std::string_view key) {
    const std::size_t before = channel.problem_count();
    const std::string url = channel.url(key, "");
    if (url.empty() || channel.problem_count() != before) return "";
    if (const auto fault = endpoint_fault(url)) channel.problem(key, *fault);
    return without_slashes(url);
}

void read_connection_string(SettingsReader& channel, Settings& settings) {
    const auto text = channel.secret("connection_string");
    if (!text) return;
    auto connection = parse_connection_string(*text);
    if (!connection) {
        channel.problem("connection_string", connection.error().what);
        return;
    }
    settings.endpoint = std::move(connection->endpoint);
    settings.access_key = std::move(connection->access_key);
}

void read_endpoint_and_key(SettingsReader& channel, Settings& settings) {
    settings.endpoint = read_endpoint(channel, "endpoint");
    const auto text = channel.secret("access_key");
    if (!text) return;
    auto key = decode_access_key(text->reveal());
    if (key) {
        settings.access_key = std::move(*key);
    } else {
        channel.problem("access_key", "is not base64");
    }
}

/// Asked of the file, not of the values: of a secret that cannot be read the reader has said so.
void check_connection(SettingsReader& channel) {
    const bool has_endpoint = channel.has("endpoint");
    const bool has_key = channel.has("access_key");
    if (channel.has("connection_string")) {
        if (has_endpoint) channel.problem("endpoint", "stands in connection_string");
        if (has_key) channel.problem("access_key", "stands in connection_string");
    } else if (has_endpoint && !has_key) {
        channel.problem("access_key", "is missing: endpoint needs it");
    } else if (!has_endpoint && has_key) {
        channel.problem("endpoint", "is missing: access_key needs it");
    } else if (!has_endpoint) {
        channel.problem("connection_string", "is missing (or endpoint and access_key)");
    }
}

}  // namespace

Settings read_settings(SettingsReader& channel) {
    Settings settings;
    check_connection(channel);
    read_endpoint_and_key(channel, settings);
    read_connection_string(channel, settings);
    const std::string base_url = read_endpoint(channel, "base_url");
    if (!base_url.empty()) settings.endpoint = base_url;
    settings.from = channel.required_text("from");
    settings.api_version = channel.text("api_version", settings.api_version);
    settings.webhook_secrets = channel.secrets("webhook_secret");
    for (const Secret& each : settings.webhook_secrets) {
        if (each.reveal().size() < webhook_secret_min)
            channel.problem("webhook_secret", "is shorter than 16 characters");
    }
    // Where it is missing the reader has said so.
    if (!settings.from.empty() && !is_sender(settings.from)) {
        channel.problem(
            "from", "must be +number, a short code of 5 or 6 digits, or a sender name of up to 11 letters");
    }
    if (!is_version(settings.api_version)) {
        channel.problem("api_version", "must be a date like 2021-03-07");
    }
    return settings;
}

}  // namespace postrider::azure
