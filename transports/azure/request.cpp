#include "transports/azure/request.h"

#include "lib/net/internet_date.h"
#include "lib/text/utf8.h"
#include "transports/azure/signing.h"

#include <fmt/format.h>

namespace postrider::azure {

namespace {

/// As a JSON string, written in place: a serializer's copies of number and text would not be wiped.
void append_string(std::string& body, std::string_view text) {
    body += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            body.append(1, '\\').append(1, c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            body += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            body += c;
        }
    }
    body += '"';
}

void append_body(std::string& body, const PreparedRequest& request, const Settings& settings) {
    const std::string& key = request.attempt.idempotency_key;
    // All that is escaped grows to six characters at most: the body is never moved, leaving a copy behind.
    body.reserve(6 * (request.destination.reveal().size() + request.text.reveal().size()) + 1024);
    body += R"({"from":)";
    append_string(body, settings.from);
    body += R"(,"smsRecipients":[{"to":)";
    append_string(body, request.destination.reveal());
    body += R"(,"repeatabilityRequestId":)";
    append_string(body, key);
    body += R"(,"repeatabilityFirstSent":)";
    append_string(body, to_internet_date(request.attempt.first_sent));
    body += R"(}],"message":)";
    append_string(body, request.text.reveal());
    // By the key and not by the attempt's number, which is another one when the request is repeated: the
    // body would be another one too.
    body += R"(,"smsSendOptions":{"enableDeliveryReport":true,"tag":)";
    append_string(body, "postrider-" + key);
    body += "}}";
}

}  // namespace

std::optional<Outcome> objection(const PreparedRequest& request) {
    const std::string& text = request.text.reveal();
    if (text.empty()) return Outcome::failed(Verdict::rejected, "the text is empty");
    if (!is_utf8(text) || !is_utf8(request.destination.reveal()))
        return Outcome::failed(Verdict::rejected, "the text or the destination is not valid UTF-8");
    if (text.starts_with("image:")) {
        return Outcome::failed(Verdict::rejected, "an image: cannot be sent by this channel");
    }
    if (count_utf16_units(text) > text_units_max) {
        return Outcome::failed(Verdict::rejected, "the text is longer than 2048 characters");
    }
    return std::nullopt;
}

HttpRequest to_http(const PreparedRequest& request, const Settings& settings, TimePoint now) {
    HttpRequest http;
    http.method = "POST";
    http.timeout = std::chrono::seconds{15};
    append_body(http.body, request, settings);
    Signable signable;
    signable.method = http.method;
    signable.path_and_query = "/sms?api-version=" + settings.api_version;
    signable.date = to_internet_date(now);
    signable.host = settings.endpoint.substr(settings.endpoint.find("://") + 3);
    signable.content_hash = content_hash(http.body);
    http.url = settings.endpoint + signable.path_and_query;
    http.headers = {{"Content-Type", "application/json"},
                    {"Accept", "application/json"},
                    {"Host", signable.host},  // said, so that what is signed is what is sent
                    {"x-ms-date", signable.date},
                    {"x-ms-content-sha256", signable.content_hash},
                    {"Authorization", authorization(signable, settings.access_key)}};
    return http;
}

}  // namespace postrider::azure
