#include "transports/email/bounce.h"

#include "lib/text/trim.h"
#include "transports/email/own_names.h"

#include <algorithm>
#include <string_view>

namespace postrider::email {

namespace {

constexpr std::size_t status_max = 11;  // 5.999.999, and some

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
        const std::string name = lowered(line.substr(0, colon));
        const std::string value = lowered(without_outer_space(line.substr(std::min(colon + 1, line.size()))));
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
    const std::string copies = lowered(mail.returned_copies);
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
    if (mail.delivery_status.empty() || !own_message_id(mail.returned_message_id, domain))
        return std::nullopt;
    DeliveryReport report = read_status(mail);
    report.provider_id = mail.returned_message_id;
    return report;
}

std::optional<UnprovedReport> unproved_report_of(const ParsedMail& mail, std::string_view came_to,
                                                 std::string_view envelope_sender) {
    if (mail.delivery_status.empty()) return std::nullopt;
    auto name = own_envelope(came_to, envelope_sender);
    if (!name) return std::nullopt;
    return UnprovedReport{
        .message = name->message, .beginning = std::move(name->beginning), .report = read_status(mail)};
}

}  // namespace postrider::email
