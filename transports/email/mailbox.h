#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace postrider::email {

/// Whose mail it is: `Study Bot <bot@example.org>`.
struct Mailbox {
    std::string name = {};  ///< UTF-8, as shown; may be empty
    std::string address;    ///< ASCII: an international domain in its `xn--` form

    std::string domain() const { return address.substr(address.rfind('@') + 1); }
};

/// Why a text is none; without the text.
struct MailboxFault {
    std::string what;
};

/// One address, bare or behind a name and in `<>`. Stricter than RFC 5321 § 4.1.2, since it goes into commands
/// and headers: no control characters, no quoted local part, no white space, one `@`; 64, 255 and 254 octets
/// at most for local part, domain and both.
boost::system::result<Mailbox, MailboxFault> parse_mailbox(std::string_view text);

}  // namespace postrider::email
