#include "transports/email/own_names.h"

#include <algorithm>
#include <charconv>

namespace postrider::email {

namespace {

constexpr std::size_t id_digits = 32;
constexpr std::size_t address_digits = 16;  // of them, as request.cpp puts into addresses

bool is_token(std::string_view text, std::size_t digits) {
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

/// `m17.0123456789abcdef`
std::optional<MessageId> number_in(std::string_view name, std::size_t digits) {
    const auto dot = name.find('.');
    if (!name.starts_with('m') || dot == std::string_view::npos || !is_token(name.substr(dot + 1), digits))
        return std::nullopt;
    MessageId number = 0;
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + dot, number);
    if (error != std::errc{} || end != name.data() + dot || number <= 0) return std::nullopt;
    return number;
}

}  // namespace

std::optional<OwnName> own_message_id(std::string_view id, std::string_view domain) {
    const auto at = id.find('@');
    if (at == std::string_view::npos || id.substr(at + 1) != domain) return std::nullopt;
    const auto number = number_in(id.substr(0, at), id_digits);
    return number ? std::optional(OwnName{*number, std::string(id)}) : std::nullopt;
}

std::optional<OwnName> own_envelope(std::string_view address, std::string_view envelope_sender) {
    if (envelope_sender.empty()) return std::nullopt;
    const std::string given = lowered(address);
    const std::string own = lowered(envelope_sender);
    const std::string before = own.substr(0, own.rfind('@')) + "+";
    const std::string behind = own.substr(own.rfind('@'));
    if (!given.starts_with(before) || !given.ends_with(behind) ||
        given.size() < before.size() + behind.size())
        return std::nullopt;
    std::string name = given.substr(before.size(), given.size() - before.size() - behind.size());
    const auto number = number_in(name, address_digits);
    return number ? std::optional(OwnName{*number, std::move(name)}) : std::nullopt;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

}  // namespace postrider::email
