#pragma once

#include "lib/async/clock.h"
#include "lib/model/media.h"
#include "transports/email/mailbox.h"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace postrider::email {

/// A message before it is written down. Its texts are UTF-8, and of one line where they go into headers.
struct Mail {
    Mailbox from;
    std::vector<Mailbox> to;
    std::vector<Mailbox> cc = {};
    std::string subject = {};
    TimePoint date;
    std::string message_id;  ///< without `<>`
    std::string text;
    std::optional<std::string> html = std::nullopt;
    std::vector<MediaFile> files = {};
};

/// Why a message cannot be written down.
struct MailFault {
    std::string what;
    bool passing = false;  ///< later it may
};

/// As it goes over the wire (RFC 5322, RFC 2045 and following): lines of at most 998 octets that end in CRLF,
/// headers in ASCII, texts in UTF-8. What Mail says alone decides every byte. Reads the files, so it blocks;
/// any thread.
boost::system::result<std::string, MailFault> write_mail(const Mail& mail);

}  // namespace postrider::email
