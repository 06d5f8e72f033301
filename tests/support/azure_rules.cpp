#include "tests/support/azure_rules.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/hmac.h"
#include "lib/crypto/sha256.h"
#include "lib/net/internet_date.h"
#include "lib/text/utf8.h"
#include "tests/support/base64.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <regex>

namespace postrider::testing {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> versions{"2021-03-07", "2024-02-05", "2025-09-17", "2026-01-23"};

AzureRefusal bad_request(std::string message) { return {400, "BadRequest", std::move(message)}; }
AzureRefusal bad_repetition(int status, std::string message) {
    return {status, "", std::move(message), true};
}
AzureRefusal denied(std::string message) { return {401, "Denied", std::move(message)}; }

bool matches(const std::string& text, const char* pattern) {
    return std::regex_match(text, std::regex(pattern));
}

/// The members of an object by name, each once and no other.
std::optional<AzureRefusal> unknown_member(const json::object& object,
                                           std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : object) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return bad_request("Unknown member " + std::string(name));
        }
    }
    return std::nullopt;
}

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<AzureRefusal> read_options(const json::object& body, AzureMessage& message) {
    const json::value* const options = body.if_contains("smsSendOptions");
    if (!options) return std::nullopt;
    if (!options->is_object()) return bad_request("smsSendOptions is no object");
    const json::object& object = options->get_object();
    if (auto refusal = unknown_member(object, {"enableDeliveryReport", "tag"})) return refusal;
    const json::value* const report = object.if_contains("enableDeliveryReport");
    if (!report || !report->is_bool()) return bad_request("enableDeliveryReport is required");
    message.tag = text_in(object, "tag");
    return std::nullopt;
}

std::optional<AzureRefusal> read_recipient(const json::object& body, AzureMessage& message) {
    const json::value* const recipients = body.if_contains("smsRecipients");
    if (!recipients || !recipients->is_array() || recipients->get_array().size() != 1) {
        return bad_request("One recipient is required here");
    }
    const json::object* const recipient = recipients->get_array().front().if_object();
    if (!recipient) return bad_request("A recipient is an object");
    if (auto refusal =
            unknown_member(*recipient, {"to", "repeatabilityRequestId", "repeatabilityFirstSent"})) {
        return refusal;
    }
    message.to = text_in(*recipient, "to");
    message.request_id = text_in(*recipient, "repeatabilityRequestId");
    message.first_sent = text_in(*recipient, "repeatabilityFirstSent");
    return std::nullopt;
}

std::optional<AzureRefusal> read_body(const std::string& text, AzureMessage& message) {
    boost::system::error_code failed;
    const json::value value = json::parse(text, failed);
    if (failed || !value.is_object()) return bad_request("The body is no JSON object");
    const json::object& body = value.get_object();
    if (auto refusal = unknown_member(body, {"from", "smsRecipients", "message", "smsSendOptions"})) {
        return refusal;
    }
    message.from = text_in(body, "from");
    if (!matches(message.from, R"(\+[1-9][0-9]{1,14}|[0-9]{5,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})")) {
        return bad_request("Invalid From phone number format.");
    }
    const json::value* const content = body.if_contains("message");
    if (!content || !content->is_string()) return bad_request("message is required");
    message.text = text_in(body, "message");
    if (count_utf16_units(message.text) > 2048) return bad_request("message is too long");
    if (auto refusal = read_recipient(body, message)) return refusal;
    return read_options(body, message);
}

}  // namespace

std::optional<AzureRefusal> azure_signature_objection(const ServerRequest& request,
                                                      const std::string& access_key, TimePoint now,
                                                      std::chrono::seconds skew_max) {
    const std::string date(request.header("x-ms-date"));
    const auto when = internet_date(date);
    if (!when || !date.ends_with(" GMT")) return denied("x-ms-date is missing or no date");
    if (*when > now + skew_max || *when < now - skew_max) return denied("x-ms-date is too far away");
    const std::string hash = base64(sha256(request.body));
    if (request.header("x-ms-content-sha256") != hash) return denied("The content has another hash");
    const std::string text = request.method + "\n" + request.target + "\n" + date + ";" +
                             std::string(request.header("host")) + ";" + hash;
    const std::string signature = base64(hmac_sha256(Secret(from_base64(access_key).value()), text));
    if (request.header("authorization") !=
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + signature) {
        return denied("The signature is wrong");
    }
    return std::nullopt;
}

std::optional<AzureRefusal> azure_request_objection(const ServerRequest& request, AzureMessage& message) {
    if (request.path != "/sms") return AzureRefusal{404, "NotFound", "No such resource"};
    if (request.method != "POST") return AzureRefusal{405, "MethodNotAllowed", "Only POST"};
    const auto version = std::find_if(versions.begin(), versions.end(), [&](std::string_view each) {
        return request.query == "api-version=" + std::string(each);
    });
    if (version == versions.end()) return bad_request("Unsupported api-version");
    const std::string_view type = request.header("content-type");
    if (type.substr(0, type.find(';')) != "application/json") {
        return AzureRefusal{415, "UnsupportedMediaType", "Only JSON"};
    }
    if (!is_utf8(request.body)) return bad_request("The body is not UTF-8");
    message.body = request.body;
    return read_body(request.body, message);
}

std::optional<AzureRefusal> azure_item_objection(const AzureMessage& message, TimePoint now,
                                                 std::chrono::seconds window) {
    if (!matches(message.to, R"(\+[1-9][0-9]{7,14})")) {
        return bad_request("Invalid To phone number format: " + message.to);
    }
    if (message.request_id.empty() && message.first_sent.empty()) return std::nullopt;
    if (!matches(message.request_id, "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
        return bad_repetition(400, "repeatabilityRequestId is no UUID");
    }
    const auto first_sent = internet_date(message.first_sent);
    if (!first_sent || !message.first_sent.ends_with(" GMT")) {
        return bad_repetition(400, "Request sent with Invalid DateTime value");
    }
    if (*first_sent > now + window) return bad_repetition(400, "repeatabilityFirstSent is in the future");
    if (*first_sent < now - window) return bad_repetition(412, "repeatabilityFirstSent is too old");
    return std::nullopt;
}

ServerAnswer azure_error(const AzureRefusal& refusal) {
    ServerAnswer answer;
    answer.status = refusal.status;
    answer.body = refusal.message;
    if (refusal.code.empty()) return answer;
    answer.content_type = "application/json; charset=utf-8";
    answer.body = json::serialize(
        json::object{{"error", json::object{{"code", refusal.code}, {"message", refusal.message}}}});
    return answer;
}

json::object azure_refused_item(const AzureMessage& message, const AzureRefusal& refusal) {
    json::object item{{"to", message.to},
                      {"httpStatusCode", refusal.status},
                      {"errorMessage", refusal.message},
                      {"successful", false}};
    if (refusal.of_repetition) item["repeatabilityResult"] = "rejected";
    return item;
}

json::object azure_accepted_item(const AzureMessage& message) {
    return {{"to", message.to},
            {"messageId", message.message_id},
            {"httpStatusCode", 202},
            {"repeatabilityResult", "accepted"},
            {"successful", true}};
}

ServerAnswer azure_accepted(const json::object& item) {
    ServerAnswer answer;
    answer.status = 202;
    answer.content_type = "application/json; charset=utf-8";
    answer.body = json::serialize(json::object{{"value", json::array{item}}});
    return answer;
}

}  // namespace postrider::testing
