#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"
#include "lib/net/smtp_client.h"
#include "transports/email/mailbox.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace postrider::email {

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    std::string host;
    unsigned port = 587;
    SmtpSecurity security = SmtpSecurity::starttls;
    std::string ca_file;
    std::string ehlo_name;
    std::optional<BasicCredentials> credentials;
    Mailbox from;
    std::string subject;  ///< of messages that name none
    /// Where bounces go; each message adds its token to the local part, behind a `+`. Empty: to `from`.
    std::string envelope_sender;
    std::uintmax_t bytes_max = std::uintmax_t{20} << 20;  ///< of a whole message
    std::chrono::milliseconds timeout = std::chrono::minutes{2};
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

}  // namespace postrider::email
