#include "lib/dispatch/link_shortening.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"
#include "lib/text/json_object.h"
#include "lib/text/links.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postrider {

namespace {

void add_links(LinkMap& links, const boost::json::value* mappings) {
    if (!mappings || !mappings->is_object()) return;
    for (const auto& [link, value] : mappings->get_object()) {
        if (value.is_string()) links.emplace(link, std::string(value.get_string()));
    }
}

}  // namespace

LinkMap links_in(const boost::json::object& metadata, Privacy& privacy) {
    LinkMap links;
    add_links(links, metadata.if_contains(url_mappings_key));
    const boost::json::value* const sealed = metadata.if_contains(sealed_links_key);
    if (!sealed || !sealed->is_string()) return links;
    auto opened = privacy.open(std::string(sealed->get_string()));
    if (!opened.value) return links;
    const boost::json::value mappings = parse_json_object(*opened.value);
    wipe(*opened.value);
    add_links(links, &mappings);
    return links;
}

boost::json::object link_metadata(const LinkMap& links, const Privacy& privacy, bool sealed) {
    boost::json::object mappings;
    for (const auto& [link, short_link] : links) mappings[link] = short_link;
    if (!sealed) return {{url_mappings_key, std::move(mappings)}};
    return {{sealed_links_key, privacy.seal(boost::json::serialize(mappings))}};
}

LinkShortening::LinkShortening(Clock& clock, std::vector<std::unique_ptr<LinkShortener>> services)
    : clock_(clock) {
    for (auto& service : services) services_.push_back({std::move(service), TimePoint::min()});
}

bool LinkShortening::is_short(const std::string& link) const {
    return std::any_of(services_.begin(), services_.end(),
                       [&](const Service& service) { return service.shortener->is_own(link); });
}

bool LinkShortening::concerns(std::string_view text) const {
    const std::vector<std::string> links = find_links(text);
    return std::any_of(links.begin(), links.end(),
                       [this](const std::string& link) { return !is_short(link); });
}

Task<bool> LinkShortening::look_up(std::string_view text, LinkMap& links, const boost::json::object& about) {
    bool complete = true;
    for (std::string& link : find_links(text)) {
        if (links.contains(link) || is_short(link)) continue;
        std::string long_link = link;
        std::optional<std::string> short_link = co_await ask(std::move(long_link), about);
        if (short_link) {
            links.emplace(std::move(link), std::move(*short_link));
        } else {
            complete = false;
        }
    }
    co_return complete;
}

Task<std::optional<std::string>> LinkShortening::ask(std::string link, const boost::json::object& about) {
    for (Service& service : services_) {
        if (service.rests_until > clock_.now()) continue;
        std::optional<std::optional<std::string>> answer;
        std::exception_ptr failure;
        try {
            answer = co_await within(clock_, answer_max, service.shortener->shorten(link, about));
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (answer && *answer) co_return std::move(**answer);
        log::warn("a link could not be shortened; long links go meanwhile",
                  {{"service", service.shortener->name()}, {"rests_s", rest.count()}});
        service.rests_until = clock_.now() + rest;
    }
    co_return std::nullopt;
}

}  // namespace postrider
