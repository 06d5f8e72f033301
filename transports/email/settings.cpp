#include "transports/email/settings.h"

#include "lib/text/utf8.h"

#include <boost/url/parse.hpp>
#include <unistd.h>

namespace postrider::email {

namespace {

using namespace std::chrono_literals;

constexpr unsigned submission_port = 587;   // RFC 6409
constexpr unsigned submissions_port = 465;  // RFC 8314

/// `smtps://host[:port]` or `smtp://host[:port]`, and nothing more: credentials have keys of their own.
void read_server(SettingsReader& channel, Settings& settings) {
    const std::string text = channel.required_text("smtp_url");
    if (text.empty()) return;
    const auto url = boost::urls::parse_uri(text);
    const bool sound = url && (url->scheme() == "smtp" || url->scheme() == "smtps") &&
                       !url->encoded_host().empty() && !url->has_userinfo() && !url->has_query() &&
                       !url->has_fragment() && (url->encoded_path().empty() || url->encoded_path() == "/") &&
                       (!url->has_port() || url->port_number() > 0);
    if (!sound) {
        channel.problem("smtp_url",
                        "must be smtps://host, or smtp://host where the server has STARTTLS; a "
                        "port may follow, and nothing else");
        return;
    }
    const bool implicit = url->scheme() == "smtps";
    settings.host = url->encoded_host();
    settings.port = url->has_port() ? url->port_number() : implicit ? submissions_port : submission_port;
    settings.security = implicit ? SmtpSecurity::implicit_tls : SmtpSecurity::starttls;
}

void read_security(SettingsReader& channel, Settings& settings) {
    const bool required = channel.one_of<bool>("starttls", true, {{"required", true}, {"none", false}});
    if (required) return;
    if (settings.security == SmtpSecurity::implicit_tls) {
        channel.problem("starttls", "has no meaning with smtps:, which is encrypted from the first byte");
    } else if (channel.has("password")) {
        channel.problem("starttls", "must be required: a password is sent over TLS only");
    } else {
        settings.security = SmtpSecurity::none;
    }
}

Mailbox read_mailbox(SettingsReader& channel, std::string_view key, const std::string& text) {
    auto mailbox = parse_mailbox(text);
    if (mailbox) return std::move(*mailbox);
    channel.problem(key, mailbox.error().what);
    return {};
}

void read_credentials(SettingsReader& channel, Settings& settings) {
    const auto username = channel.optional_text("username");
    const auto password = channel.secret("password");
    // Asked of the file, not of the values: of a secret that cannot be read the reader has said so.
    if (username && !channel.has("password")) channel.problem("password", "is missing: username needs it");
    if (!username && channel.has("password")) channel.problem("username", "is missing: password needs it");
    if (username && password) settings.credentials = BasicCredentials{*username, *password};
}

}  // namespace

Settings read_settings(SettingsReader& channel) {
    Settings settings;
    read_server(channel, settings);
    read_security(channel, settings);
    read_credentials(channel, settings);
    settings.ca_file = channel.text("ca_file", settings.ca_file);
    if (!settings.ca_file.empty() && ::access(settings.ca_file.c_str(), R_OK) != 0)
        channel.problem("ca_file", "names a file that cannot be read");
    const std::string from = channel.required_text("from");
    if (!from.empty()) settings.from = read_mailbox(channel, "from", from);
    const std::string sender = channel.text("envelope_sender", "");
    if (!sender.empty()) {
        const Mailbox mailbox = read_mailbox(channel, "envelope_sender", sender);
        if (!mailbox.name.empty()) channel.problem("envelope_sender", "must be an address without a name");
        settings.envelope_sender = mailbox.address;
    }
    settings.ehlo_name = channel.text("ehlo_name", settings.from.domain());
    const auto ehlo = parse_mailbox("x@" + settings.ehlo_name);
    if (!settings.from.address.empty() && !ehlo) channel.problem("ehlo_name", "must be a host name");
    settings.subject = channel.text("subject", settings.subject);
    if (has_controls(settings.subject)) channel.problem("subject", "must be one line");
    const unsigned megabytes = channel.number("megabytes_max", 20u, 1, 100);
    settings.bytes_max = std::uintmax_t{megabytes} << 20;
    settings.timeout = channel.duration("timeout", settings.timeout, 1s, 10min);
    return settings;
}

}  // namespace postrider::email
