#pragma once

#include "lib/inbound/receiver.h"
#include "transports/email/parsed_mail.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::email {

/// What a mail server says of a message of ours (RFC 3464); nothing where the mail is no such report, or not
/// about one that went out with this domain in its Message-ID. That has a token which only a recipient and the
/// servers between have seen: the report is matched by the whole of it, so one that somebody invented is about
/// nothing. Of what went to a copy nothing is concluded. Total.
std::optional<DeliveryReport> report_of(const ParsedMail& mail, const std::string& domain);

/// The same where the message's headers are not returned, or no more what they were: by number and token in
/// the address that it came to, which is `envelope_sender` with these behind its local part.
std::optional<UnprovedReport> unproved_report_of(const ParsedMail& mail, std::string_view came_to,
                                                 std::string_view envelope_sender);

}  // namespace postrider::email
