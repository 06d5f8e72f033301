#pragma once

#include "lib/model/attempt.h"
#include "lib/model/outcome.h"
#include "lib/net/smtp_client.h"
#include "transports/email/mail.h"
#include "transports/email/settings.h"

#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace postrider::email {

/// A message and who gets it.
struct Letter {
    Mail mail;
    std::vector<std::string> recipients;  ///< of the envelope: to, cc and bcc
};

/// What a request comes to as mail, by the keys of its metadata that the Django package knows: email_subject,
/// email_from_address, email_cc_addresses, email_bcc_addresses, email_html_content (a template, filled with
/// escaped values). The error is an outcome: it cannot be sent.
boost::system::result<Letter, Outcome> letter_of(const PreparedRequest& request, const Settings& settings,
                                                 TimePoint now);

/// Where bounces of the request go: with its token, so that one tells its message.
std::string envelope_sender(const PreparedRequest& request, const Mail& mail, const Settings& settings);

/// The transaction that sends it.
SmtpRequest to_smtp(const PreparedRequest& request, Letter letter, std::string written,
                    const Settings& settings);

}  // namespace postrider::email
