#pragma once

#include "lib/inbound/mail_reader.h"
#include "transports/email/settings.h"

#include <memory>

namespace postrider::email {

/// Reads mail that a mail server hands over: a message, or what became of one of ours (bounce.h). Of a
/// message that names itself by no Message-ID, the hash of its bytes is the name.
std::shared_ptr<const MailReader> make_mail_reader(const Settings& settings);

}  // namespace postrider::email
