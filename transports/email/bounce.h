#pragma once

#include "lib/inbound/receiver.h"
#include "transports/email/parsed_mail.h"

#include <optional>
#include <string>

namespace postrider::email {

/// What a mail server says of a message of ours (RFC 3464); nothing where the mail is no such report, or not
/// about one that went out with this domain in its Message-ID. That has a token which only a recipient and the
/// servers between have seen: the report is matched by the whole of it, so one that somebody invented is about
/// nothing. Of what went to a copy nothing is concluded. Total.
std::optional<DeliveryReport> report_of(const ParsedMail& mail, const std::string& domain);

}  // namespace postrider::email
