#include "transports/email/mailbox.h"

#include "lib/text/idna.h"
#include "lib/text/trim.h"
#include "lib/text/utf8.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace postrider::email {

namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_letter_or_digit(char c) { return is_ascii(c) && std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// RFC 5322 § 3.2.3: atoms, with dots between them.
bool is_local_part(std::string_view text) {
    constexpr std::string_view special = "!#$%&'*+-/=?^_`{|}~.";
    return !text.empty() && text.size() <= 64 && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter_or_digit(c) || special.find(c) != std::string_view::npos;
           });
}

bool is_domain(std::string_view text) {
    return !text.empty() && text.size() <= 255 && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter_or_digit(c) || c == '-' || c == '.';
           });
}

std::optional<std::string> parse_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || !is_local_part(text.substr(0, at))) return std::nullopt;
    const std::string_view domain = text.substr(at + 1);
    const bool plain = std::all_of(domain.begin(), domain.end(), is_ascii);
    const auto ascii = plain ? std::optional<std::string>(domain) : ascii_domain(domain);
    if (!ascii || !is_domain(*ascii) || at + 1 + ascii->size() > 254) return std::nullopt;
    return std::string(text.substr(0, at + 1)) + *ascii;
}

}  // namespace

boost::system::result<Mailbox, MailboxFault> parse_mailbox(std::string_view text) {
    if (has_controls(text)) return MailboxFault{"has control characters"};
    if (!is_utf8(text)) return MailboxFault{"is not valid UTF-8"};
    text = without_outer_space(text);
    Mailbox mailbox;
    if (text.ends_with('>')) {
        const auto begin = text.rfind('<');
        if (begin == std::string_view::npos) return MailboxFault{"is no e-mail address"};
        std::string_view name = without_outer_space(text.substr(0, begin));
        if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
            name = name.substr(1, name.size() - 2);
        if (name.find_first_of("<>") != std::string_view::npos) return MailboxFault{"is no e-mail address"};
        mailbox.name = name;
        text = text.substr(begin + 1, text.size() - begin - 2);
    }
    auto address = parse_address(text);
    if (!address) return MailboxFault{"is no e-mail address"};
    mailbox.address = std::move(*address);
    return mailbox;
}

}  // namespace postrider::email
