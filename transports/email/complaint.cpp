#include "transports/email/complaint.h"

#include "lib/text/trim.h"
#include "transports/email/own_names.h"

#include <algorithm>
#include <array>
#include <string>

namespace postrider::email {

namespace {

constexpr int rank = 4;  // behind all that a mail server says (bounce.cpp)
/// Of the registered feedback types those by which a person says that he does not want it.
constexpr std::array<std::string_view, 5> complaints{"abuse", "fraud", "opt-out", "opt-out-list", "other"};

struct Feedback {
    std::string type;
    std::string sender;     ///< of the envelope
    std::string recipient;  ///< often hidden, or left out
};

/// The address of `<pat@example.net>`.
std::string bare(std::string_view value) {
    if (value.starts_with('<')) value.remove_prefix(1);
    return lowered(value.substr(0, value.find('>')));
}

/// The first of each field; a folded line goes with the one before it.
Feedback read_feedback(const std::string& text) {
    Feedback feedback;
    std::string fields = text;
    for (const char* fold : {"\r\n ", "\r\n\t", "\n ", "\n\t"}) {
        for (std::size_t at = 0; (at = fields.find(fold, at)) != std::string::npos;)
            fields.replace(at, std::string_view(fold).size(), " ");
    }
    for (std::string_view rest = fields; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = without_outer_space(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string name = lowered(line.substr(0, colon));
        const std::string_view value = without_outer_space(line.substr(colon + 1));
        if (name == "feedback-type" && feedback.type.empty()) feedback.type = lowered(value);
        if (name == "original-mail-from" && feedback.sender.empty()) feedback.sender = bare(value);
        if (name == "original-rcpt-to" && feedback.recipient.empty()) feedback.recipient = bare(value);
    }
    return feedback;
}

}  // namespace

std::optional<UnprovedReport> complaint_of(const ParsedMail& mail, std::string_view domain,
                                           std::string_view envelope_sender) {
    if (mail.feedback.empty()) return std::nullopt;
    const Feedback feedback = read_feedback(mail.feedback);
    if (std::find(complaints.begin(), complaints.end(), feedback.type) == complaints.end())
        return std::nullopt;
    if (!feedback.recipient.empty() &&
        lowered(mail.returned_copies).find(feedback.recipient) != std::string::npos)
        return std::nullopt;
    auto name = own_message_id(mail.returned_message_id, domain);
    if (!name) name = own_envelope(feedback.sender, envelope_sender);
    if (!name) return std::nullopt;
    UnprovedReport unproved{.message = name->message, .beginning = std::move(name->beginning), .report = {}};
    DeliveryReport& report = unproved.report;
    report.rank = rank;
    report.state = DeliveryState::delivered;  // or nobody could complain
    report.status = "complaint";
    report.metadata["email_complaint"] = feedback.type;
    report.is_complaint = true;
    return unproved;
}

}  // namespace postrider::email
