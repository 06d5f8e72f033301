#include "tests/support/twilio_documents.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace postrider::testing {

namespace {

namespace json = boost::json;

std::string rfc_2822(TimePoint when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts)};
}

ServerAnswer json_answer(int status, const json::value& body) {
    ServerAnswer answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.body = json::serialize(body);
    return answer;
}

/// Near enough: what is not ASCII counts as UCS-2.
std::size_t segments(std::string_view body) {
    const bool plain =
        std::all_of(body.begin(), body.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    const std::size_t length = characters(body);
    const std::size_t single = plain ? 160 : 70;
    const std::size_t each = plain ? 153 : 67;
    return length <= single ? 1 : (length + each - 1) / each;
}

json::object describe(const TwilioRequest& message, const std::string& account_sid) {
    const bool service = !message.messaging_service_sid.empty();
    const std::string path = "/2010-04-01/Accounts/" + account_sid + "/Messages/" + message.sid;
    json::object body;
    body["sid"] = message.sid;
    body["account_sid"] = account_sid;
    body["messaging_service_sid"] = nullptr;
    if (service) body["messaging_service_sid"] = message.messaging_service_sid;
    body["to"] = message.to;
    body["from"] = nullptr;  // until the service has chosen a sender
    if (!message.from.empty()) body["from"] = message.from;
    body["body"] = message.body;
    body["status"] = !message.status.empty() ? message.status : service ? "accepted" : "queued";
    body["direction"] = message.direction;
    body["num_segments"] = service ? "0" : std::to_string(segments(message.body));
    body["num_media"] = std::to_string(message.media_count);
    body["date_created"] = rfc_2822(message.arrived);
    body["date_updated"] = rfc_2822(message.arrived);
    for (const char* name : {"date_sent", "price", "error_code", "error_message"}) body[name] = nullptr;
    body["price_unit"] = "USD";
    body["api_version"] = "2010-04-01";
    body["uri"] = path + ".json";
    json::object media;
    media["media"] = path + "/Media.json";
    body["subresource_uris"] = std::move(media);
    return body;
}

/// What a list was asked for.
struct Listing {
    std::string to;
    std::string from;
    bool by_date_sent = false;
    std::size_t page = 0;
    std::size_t page_size = 50;
    std::string token;
    std::string filters;  ///< the query, less what names the page
};

std::optional<std::size_t> number(std::string_view digits) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<Listing> read_listing(const FormFields& query) {
    Listing listing;
    for (const auto& [name, value] : query) {
        if (name == "To") {
            listing.to = value;
        } else if (name == "From") {
            listing.from = value;
        } else if (name == "DateSent" || name == "DateSent<" || name == "DateSent>") {
            listing.by_date_sent = true;
        } else if (name == "PageToken") {
            listing.token = value;
        } else if (name == "Page" || name == "PageSize") {
            const auto read = number(value);
            if (!read) return std::nullopt;
            (name == "Page" ? listing.page : listing.page_size) = *read;
        } else {
            return std::nullopt;
        }
        if (!name.starts_with("Page")) {
            listing.filters += percent_encoded(name) + "=" + percent_encoded(value) + "&";
        }
    }
    const bool in_range = listing.page_size >= 1 && listing.page_size <= 1000;
    if (!in_range || (listing.page > 0) == listing.token.empty()) return std::nullopt;
    return listing;
}

/// A token is `PA` and the sid of the last message of the page before: the next page starts below it.
std::optional<std::size_t> start_of(const Listing& listing, const std::vector<TwilioRequest>& accepted) {
    if (listing.token.empty()) return accepted.size();
    for (std::size_t i = accepted.size(); i-- > 0;) {
        if ("PA" + accepted[i].sid == listing.token) return i;
    }
    return std::nullopt;
}

}  // namespace

std::string make_sid(std::string_view prefix, std::uint64_t high, std::uint64_t low) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                  static_cast<unsigned long long>(low));
    return std::string(prefix) + text;
}

ServerAnswer twilio_created(const TwilioRequest& message, const std::string& account_sid) {
    return json_answer(201, describe(message, account_sid));
}

ServerAnswer twilio_error(const TwilioRefusal& refusal) {
    ServerAnswer answer;
    answer.status = refusal.status;
    answer.body = refusal.message;
    if (refusal.code == 0) return answer;
    json::object body;
    body["code"] = refusal.code;
    body["message"] = refusal.message;
    body["more_info"] = "https://www.twilio.com/docs/errors/" + std::to_string(refusal.code);
    body["status"] = refusal.status;
    return json_answer(refusal.status, body);
}

ServerAnswer twilio_media_list(const TwilioRequest& message, const std::string& account_sid) {
    json::array list;
    for (std::size_t i = 0; i < message.media_count; ++i) {
        const std::string sid = make_sid("ME", 1, i);
        list.push_back(json::object{{"sid", sid},
                                    {"content_type", "image/gif"},
                                    {"uri", "/2010-04-01/Accounts/" + account_sid + "/Messages/" +
                                                message.sid + "/Media/" + sid + ".json"}});
    }
    return json_answer(200, {{"media_list", std::move(list)}, {"next_page_uri", nullptr}});
}

ServerAnswer twilio_list(const ServerRequest& request, const std::vector<TwilioRequest>& accepted,
                         const std::string& account_sid, TimePoint listed_until) {
    const auto query = parse_form(request.query);
    const auto listing = query ? read_listing(*query) : std::nullopt;
    const auto start = listing ? start_of(*listing, accepted) : std::nullopt;
    if (!start) return twilio_error({400, 20001, "Unknown or malformed filter or page"});
    const auto asked_for = [&](const TwilioRequest& message) {
        return !listing->by_date_sent && message.arrived <= listed_until &&
               (listing->to.empty() || message.to == listing->to) &&
               (listing->from.empty() || message.from == listing->from);
    };
    json::array messages;
    std::string last_sid;
    bool more = false;
    for (std::size_t i = *start; i-- > 0 && !more;) {
        if (!asked_for(accepted[i])) continue;
        more = messages.size() == listing->page_size;
        if (more) break;
        messages.emplace_back(describe(accepted[i], account_sid));
        last_sid = accepted[i].sid;
    }
    const std::string base =
        request.path + "?" + listing->filters + "PageSize=" + std::to_string(listing->page_size);
    const std::size_t first = listing->page * listing->page_size;
    json::object body;
    body["page"] = listing->page;
    body["page_size"] = listing->page_size;
    body["start"] = first;
    body["end"] = first + messages.size() - (messages.empty() ? 0 : 1);
    body["uri"] = request.target;
    body["first_page_uri"] = base + "&Page=0";
    body["next_page_uri"] = nullptr;
    if (more) {
        body["next_page_uri"] =
            base + "&Page=" + std::to_string(listing->page + 1) + "&PageToken=PA" + last_sid;
    }
    body["previous_page_uri"] = nullptr;
    body["messages"] = std::move(messages);
    return json_answer(200, body);
}

}  // namespace postrider::testing
