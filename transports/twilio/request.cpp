#include "transports/twilio/request.h"

#include "lib/net/form.h"
#include "transports/twilio/callback.h"

#include <algorithm>

namespace postrider::twilio {

namespace {

/// Unicode code points of UTF-8: all bytes but those that continue one.
std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::optional<Outcome> objection(const PreparedRequest& request) {
    const std::string& text = request.text.reveal();
    if (text.empty() && request.media.empty()) return Outcome::failed(Verdict::rejected, "the text is empty");
    if (text.starts_with("image:")) {
        return Outcome::failed(Verdict::rejected, "image: bodies are not supported by this version");
    }
    if (characters(text) > text_characters_max) {
        return Outcome::failed(Verdict::rejected, "the text is longer than 1600 characters");
    }
    return std::nullopt;
}

HttpRequest to_http(const PreparedRequest& request, const Settings& settings) {
    HttpRequest http;
    http.method = "POST";
    http.url = settings.base_url + "/2010-04-01/Accounts/" + settings.account_sid + "/Messages.json";
    http.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    http.credentials = credentials(settings);
    http.timeout = std::chrono::seconds{15};
    http.body.reserve(3 * (request.destination.reveal().size() + request.text.reveal().size()) + 256);
    append_form_field(http.body, "To", request.destination.reveal());
    if (settings.from) append_form_field(http.body, "From", *settings.from);
    if (settings.messaging_service_sid) {
        append_form_field(http.body, "MessagingServiceSid", *settings.messaging_service_sid);
    }
    if (!request.text.empty()) append_form_field(http.body, "Body", request.text.reveal());
    for (const MediaFile& medium : request.media) append_form_field(http.body, "MediaUrl", medium.url);
    if (settings.status_callback) {
        append_form_field(http.body, "StatusCallback",
                          callback_for(*settings.status_callback, request.attempt.id));
    }
    return http;
}

}  // namespace postrider::twilio
