#include "transports/twilio/request.h"

#include "lib/net/form.h"
#include "lib/net/header_line.h"
#include "lib/text/trim.h"
#include "transports/twilio/callback.h"
#include "transports/twilio/media.h"

#include <algorithm>

namespace postrider::twilio {

namespace {

constexpr std::string_view image_mark = "image:";

/// Longer texts go as one MMS where a channel has that: as with the Django package.
constexpr std::size_t sms_characters_max = 80;

/// What is to be fetched for an image.
std::string_view image_address(std::string_view text) {
    text.remove_prefix(image_mark.size());
    return without_outer_space(text);
}

/// An absolute URL of http or https, as far as it is ours to say; the rest Twilio finds out.
bool is_fetchable(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string scheme = lower_case(url.substr(0, colon));
    const std::string_view rest = url.substr(colon + 3);
    const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
        return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
    });
    return plain && (scheme == "http" || scheme == "https") && !rest.empty() &&
           std::string_view("/?#:@").find(rest.front()) == std::string_view::npos;
}

std::optional<Outcome> image_objection(const PreparedRequest& request) {
    const std::string_view address = image_address(request.text.reveal());
    const auto rejected = [](const char* reason) { return Outcome::failed(Verdict::rejected, reason); };
    if (!is_fetchable(address)) return rejected("image: is not followed by a URL of http or https alone");
    if (address.size() > image_address_max)
        return rejected("the URL behind image: is longer than 1600 characters");
    if (request.media.size() >= media_limits().files_max)
        return rejected("an image: beside ten files is more than one message may carry");
    return std::nullopt;
}

/// Unicode code points of UTF-8: all bytes but those that continue one.
std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Twilio makes an MMS of a text in the US and Canada only. A number without a plus it completes itself, mostly
/// to one of them.
bool may_be_north_american(std::string_view destination) {
    if (destination.find(':') != std::string_view::npos) return false;  // `whatsapp:…` and its like
    return destination.starts_with('+') ? destination.starts_with("+1") : true;
}

}  // namespace

bool is_image(std::string_view text) { return text.starts_with(image_mark); }

std::optional<Outcome> objection(const PreparedRequest& request) {
    if (request.text_is_medium) return image_objection(request);
    const std::string& text = request.text.reveal();
    if (text.empty() && request.media.empty()) return Outcome::failed(Verdict::rejected, "the text is empty");
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
    if (request.text_is_medium) {
        append_form_field(http.body, "MediaUrl", image_address(request.text.reveal()));
    } else if (!request.text.empty()) {
        append_form_field(http.body, "Body", request.text.reveal());
        if (settings.send_as_mms && characters(request.text.reveal()) > sms_characters_max &&
            may_be_north_american(request.destination.reveal())) {
            append_form_field(http.body, "SendAsMms", "true");
        }
    }
    for (const MediaFile& medium : request.media) append_form_field(http.body, "MediaUrl", medium.url);
    if (settings.status_callback) {
        append_form_field(http.body, "StatusCallback",
                          callback_for(*settings.status_callback, request.attempt.id));
    }
    return http;
}

}  // namespace postrider::twilio
