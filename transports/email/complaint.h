#pragma once

#include "lib/inbound/mail_reader.h"
#include "transports/email/parsed_mail.h"

#include <optional>
#include <string_view>

namespace postrider::email {

/// What a mailbox provider says of a recipient who called a message of ours unwanted (RFC 5965). The message is
/// known by the Message-ID of the mail that it returns, else by the envelope's sender: both have a token which
/// only a recipient and the servers between have seen, and the journal must know it. Whom the message went to is
/// who complains, whatever the report says of that; a complaint about a copy is none. Nothing where the mail is no
/// such report, says something else ("not spam", a broken signature), or names no message of ours. Total.
std::optional<UnprovedReport> complaint_of(const ParsedMail& mail, std::string_view domain,
                                           std::string_view envelope_sender);

}  // namespace postrider::email
