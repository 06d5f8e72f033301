#pragma once

#include "lib/model/outcome.h"
#include "lib/net/smtp_client.h"

#include <string>

namespace postrider::email {

/// What a server's answer, or the lack of one, came to (RFC 5321 § 4.2). Reasons are our own words and the
/// server's codes, never its text: that repeats the recipient's address.
Outcome read_answer(const SmtpResult& result, const std::string& message_id);

}  // namespace postrider::email
