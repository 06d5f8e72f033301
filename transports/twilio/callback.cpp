#include "transports/twilio/callback.h"

#include <algorithm>

namespace postrider::twilio {

namespace {

constexpr std::string_view parameter = "attempt";
constexpr std::size_t label_max = 63;
constexpr std::size_t name_max = 253;

bool is_label(std::string_view label) {
    const auto stands_in_one = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !label.empty() && label.size() <= label_max && !label.starts_with('-') && !label.ends_with('-') &&
           std::all_of(label.begin(), label.end(), stands_in_one);
}

/// A name by the rules for hosts, which are stricter than those for URLs: no underscore, nothing escaped.
bool is_host_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > name_max) return false;
    for (;;) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

std::string_view host_of(std::string_view url) {
    url.remove_prefix(std::min(url.find("://") + 3, url.size()));
    url = url.substr(0, url.find_first_of("/?#"));
    return url.starts_with('[') ? url.substr(0, url.find(']') + 1) : url.substr(0, url.find(':'));
}

bool has_parameter(std::string_view url, std::string_view name) {
    auto at = url.find('?');
    while (at != std::string_view::npos) {
        url.remove_prefix(at + 1);
        if (url.substr(0, url.find_first_of("=&")) == name) return true;
        at = url.find('&');
    }
    return false;
}

}  // namespace

std::optional<std::string> callback_fault(std::string_view url) {
    const std::string_view host = host_of(url);
    if (!host.starts_with('[') && !is_host_name(host))
        return "has a host name that Twilio does not take: letters, digits, - and . only";
    if (has_parameter(url, parameter)) return "must not have a parameter attempt: Postrider adds its own";
    return std::nullopt;
}

std::string callback_for(std::string_view url, AttemptId attempt) {
    std::string whole(url);
    if (url.find('?') == std::string_view::npos) {
        whole += '?';
    } else if (!url.ends_with('?') && !url.ends_with('&')) {
        whole += '&';
    }
    whole += parameter;
    whole += '=';
    return whole + std::to_string(attempt);
}

}  // namespace postrider::twilio
