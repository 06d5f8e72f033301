#include "tests/support/twilio_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace postrider::testing {

namespace {

constexpr std::array<std::string_view, 25> parameters{"To",
                                                      "From",
                                                      "MessagingServiceSid",
                                                      "Body",
                                                      "MediaUrl",
                                                      "ContentSid",
                                                      "ContentVariables",
                                                      "StatusCallback",
                                                      "ValidityPeriod",
                                                      "SendAsMms",
                                                      "Attempt",
                                                      "ProvideFeedback",
                                                      "ForceDelivery",
                                                      "MaxPrice",
                                                      "SmartEncoded",
                                                      "ShortenUrls",
                                                      "ScheduleType",
                                                      "SendAt",
                                                      "RiskCheck",
                                                      "ContentRetention",
                                                      "AddressRetention",
                                                      "FallbackFrom",
                                                      "PersistentAction",
                                                      "TrafficType",
                                                      "ApplicationSid"};

struct TestNumber {
    std::string_view number;
    int code;
};
// https://www.twilio.com/docs/iam/test-credentials
constexpr std::array test_numbers{TestNumber{"+15005550001", 21211}, TestNumber{"+15005550002", 21612},
                                  TestNumber{"+15005550003", 21408}, TestNumber{"+15005550004", 21610},
                                  TestNumber{"+15005550009", 21614}};

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_e164(std::string_view text) {
    return text.size() >= 9 && text.size() <= 16 && text.starts_with('+') && text[1] != '0' &&
           all_digits(text.substr(1));
}

bool is_channel_address(std::string_view text) {
    for (const std::string_view channel : {"whatsapp:", "rcs:", "messenger:"}) {
        if (text.starts_with(channel) && text.size() > channel.size()) return true;
    }
    return false;
}

bool is_sender(std::string_view text) {
    if (is_e164(text) || is_channel_address(text)) return true;
    if (all_digits(text)) return text.size() >= 3 && text.size() <= 8;
    return !text.empty() && text.size() <= 11 && !text.starts_with('+');
}

bool is_service_sid(std::string_view text) {
    return text.size() == 34 && text.starts_with("MG") &&
           text.substr(2).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::ptrdiff_t count(const FormFields& fields, std::string_view name) {
    return std::count_if(fields.begin(), fields.end(),
                         [&](const auto& field) { return field.first == name; });
}

std::optional<TwilioRefusal> parameter_objection(const FormFields& fields) {
    std::set<std::string> seen;
    for (const auto& [name, value] : fields) {
        if (std::find(parameters.begin(), parameters.end(), name) == parameters.end()) {
            return TwilioRefusal{400, 20001, "Unknown parameters"};
        }
        if (!seen.insert(name).second && name != "MediaUrl" && name != "PersistentAction") {
            return TwilioRefusal{400, 20001, "Repeated parameter"};
        }
    }
    return std::nullopt;
}

std::optional<TwilioRefusal> recipient_objection(const std::string& to) {
    if (to.empty()) return TwilioRefusal{400, 21604, "A 'To' phone number is required."};
    if (!is_e164(to) && !is_channel_address(to)) {
        return TwilioRefusal{400, 21211, "The 'To' number " + to + " is not a valid phone number."};
    }
    for (const TestNumber& test : test_numbers) {
        if (to == test.number) return TwilioRefusal{400, test.code, "Refused: 'To' number " + to};
    }
    return std::nullopt;
}

std::optional<TwilioRefusal> sender_objection(const FormFields& fields) {
    const std::string from = field_value(fields, "From");
    const std::string service = field_value(fields, "MessagingServiceSid");
    if (from.empty() && service.empty()) {
        return TwilioRefusal{400, 21603, "A 'From' phone number is required."};
    }
    if (!from.empty() && !is_sender(from)) {
        return TwilioRefusal{400, 21212, "The 'From' number " + from + " is not a valid phone number."};
    }
    if (!service.empty() && !is_service_sid(service)) {
        return TwilioRefusal{400, 21705, "The Messaging Service Sid is invalid."};
    }
    return std::nullopt;
}

std::optional<TwilioRefusal> content_objection(const FormFields& fields) {
    const std::string body = field_value(fields, "Body");
    if (body.empty() && count(fields, "MediaUrl") == 0 && count(fields, "ContentSid") == 0) {
        return TwilioRefusal{400, 21602, "Message body is required."};
    }
    if (characters(body) > 1600) {
        return TwilioRefusal{400, 21617, "The concatenated message body exceeds the 1600 character limit."};
    }
    if (count(fields, "MediaUrl") > 10) {
        return TwilioRefusal{400, 21623, "Number of media files exceeds allowed limit."};
    }
    return std::nullopt;
}

/// An absolute URL of http or https whose host is a name of letters, digits, - and . (or an address), with
/// neither user nor fragment.
bool is_callback(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    if (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https") return false;
    if (url.find_first_of(" #") != std::string_view::npos) return false;
    url.remove_prefix(scheme + 3);
    std::string_view host = url.substr(0, url.find_first_of("/?"));
    if (const auto colon = host.rfind(':'); colon != std::string_view::npos && !host.ends_with(']')) {
        if (!all_digits(host.substr(colon + 1))) return false;
        host = host.substr(0, colon);
    }
    if (host.starts_with('[')) return host.ends_with(']');
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    });
}

std::optional<TwilioRefusal> callback_objection(const FormFields& fields) {
    if (count(fields, "StatusCallback") == 0 || is_callback(field_value(fields, "StatusCallback")))
        return std::nullopt;
    return TwilioRefusal{400, 21609, "The 'StatusCallback' URL is not a valid URL."};
}

}  // namespace

std::optional<TwilioRefusal> twilio_objection(const FormFields& fields) {
    if (auto refusal = parameter_objection(fields)) return refusal;
    if (auto refusal = recipient_objection(field_value(fields, "To"))) return refusal;
    if (auto refusal = sender_objection(fields)) return refusal;
    if (auto refusal = callback_objection(fields)) return refusal;
    const std::string as_mms = field_value(fields, "SendAsMms");
    if (!as_mms.empty() && as_mms != "true" && as_mms != "false")
        return TwilioRefusal{400, 20001, "SendAsMms is neither true nor false"};
    return content_objection(fields);
}

}  // namespace postrider::testing
