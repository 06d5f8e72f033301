#include "transports/email/bounce.h"

#include "lib/text/trim.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace postrider::email {

namespace {

constexpr std::size_t id_digits = 32;
constexpr std::size_t address_digits = 16;  // of them, as request.cpp puts into addresses
constexpr std::size_t status_max = 11;      // 5.999.999, and some

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// As request.cpp words it: m17.0123456789abcdef0123456789abcdef@example.org
bool is_of_ours(std::string_view id, const std::string& domain) {
    if (!id.starts_with('m')) return false;
    const auto dot = id.find('.');
    const auto at = id.find('@');
    if (dot == std::string_view::npos || at != dot + 1 + id_digits || id.substr(at + 1) != domain)
        return false;
    const std::string_view number = id.substr(1, dot - 1);
    const std::string_view token = id.substr(dot + 1, id_digits);
    return !number.empty() && std::all_of(number.begin(), number.end(), is_digit) &&
           std::all_of(token.begin(), token.end(),
                       [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

/// What is said of one recipient; names and values in small letters.
struct RecipientStatus {
    std::string recipient;
    std::string action;
    std::string status;
};

/// The groups of fields that name a recipient. Folded lines hold nothing that is needed here.
std::vector<RecipientStatus> read_groups(std::string_view fields) {
    std::vector<RecipientStatus> all;
    RecipientStatus group;
    const auto end_group = [&] {
        if (!group.recipient.empty()) all.push_back(group);
        group = {};
    };
    while (!fields.empty()) {
        const auto end = std::min(fields.find('\n'), fields.size());
        const std::string_view line = without_outer_space(fields.substr(0, end));
        fields.remove_prefix(std::min(end + 1, fields.size()));
        if (line.empty()) {
            end_group();
            continue;
        }
        const auto colon = std::min(line.find(':'), line.size());
        std::string name(line.substr(0, colon));
        std::string value(without_outer_space(line.substr(std::min(colon + 1, line.size()))));
        std::transform(name.begin(), name.end(), name.begin(), small);
        std::transform(value.begin(), value.end(), value.begin(), small);
        // `rfc822; pat@example.net`
        if (name == "final-recipient")
            group.recipient = without_outer_space(std::string_view(value).substr(value.find(';') + 1));
        if (name == "action") group.action = value;
        if (name == "status") group.status = value.substr(0, value.find_first_not_of("0123456789."));
    }
    end_group();
    return all;
}

int rank_of(DeliveryState state) {
    return state == DeliveryState::failed ? 3 : state == DeliveryState::delivered ? 2 : 1;
}

DeliveryState state_of(const RecipientStatus& status) {
    if (status.action == "failed") return DeliveryState::failed;
    return status.action == "delivered" ? DeliveryState::delivered : DeliveryState::under_way;
}

DeliveryReport read_status(const ParsedMail& mail) {
    std::string copies = mail.returned_copies;
    std::transform(copies.begin(), copies.end(), copies.begin(), small);
    DeliveryReport report;
    report.status = "unknown";
    for (const RecipientStatus& each : read_groups(mail.delivery_status)) {
        if (copies.find(each.recipient) != std::string::npos) continue;
        const DeliveryState state = state_of(each);
        if (rank_of(state) <= report.rank) continue;
        report.rank = rank_of(state);
        report.state = state;
        report.status = state == DeliveryState::failed      ? "failed"
                        : state == DeliveryState::delivered ? "delivered"
                                                            : "delayed";
        const std::string code = each.status.size() <= status_max ? each.status : "";
        if (!code.empty()) report.metadata["email_status"] = code;
        if (state == DeliveryState::failed)
            report.reason = "a mail server could not deliver it" + (code.empty() ? "" : ": status " + code);
    }
    return report;
}

}  // namespace

std::optional<DeliveryReport> report_of(const ParsedMail& mail, const std::string& domain) {
    if (mail.delivery_status.empty() || !is_of_ours(mail.returned_message_id, domain)) return std::nullopt;
    DeliveryReport report = read_status(mail);
    report.provider_id = mail.returned_message_id;
    return report;
}

std::optional<UnprovedReport> unproved_report_of(const ParsedMail& mail, std::string_view came_to,
                                                 std::string_view envelope_sender) {
    if (mail.delivery_status.empty() || envelope_sender.empty()) return std::nullopt;
    const auto lower = [](std::string_view text) {
        std::string lowered(text);
        std::transform(lowered.begin(), lowered.end(), lowered.begin(), small);
        return lowered;
    };
    const std::string address = lower(came_to);
    const std::string own = lower(envelope_sender);
    const std::string before = own.substr(0, own.rfind('@')) + "+m";
    const std::string behind = own.substr(own.rfind('@'));
    if (!address.starts_with(before) || !address.ends_with(behind) ||
        address.size() < before.size() + behind.size())
        return std::nullopt;
    const std::string name = address.substr(before.size(), address.size() - before.size() - behind.size());
    const auto dot = name.find('.');
    UnprovedReport report{.message = 0, .beginning = "m" + name, .report = read_status(mail)};
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + std::min(dot, name.size()), report.message);
    const bool sound = error == std::errc{} && dot != std::string::npos && end == name.data() + dot &&
                       name.size() == dot + 1 + address_digits && report.message > 0;
    return sound ? std::optional(std::move(report)) : std::nullopt;
}

}  // namespace postrider::email
