#pragma once

#include "lib/model/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::email {

/// What a name that request.cpp has made tells of the message: its number, and how its Message-ID begins.
struct OwnName {
    MessageId message = 0;
    std::string beginning;
};

/// Of a Message-ID, without `<>`: `m17.0123456789abcdef0123456789abcdef@example.org`; all of it is the beginning.
/// Nothing for one that is not worded so, or of another domain.
std::optional<OwnName> own_message_id(std::string_view id, std::string_view domain);

/// Of an envelope's sender: `bounce+m17.0123456789abcdef@example.org`, in any letter case. Nothing for one that is
/// not `envelope_sender` with number and token behind its local part.
std::optional<OwnName> own_envelope(std::string_view address, std::string_view envelope_sender);

/// In small letters.
std::string lowered(std::string_view text);

}  // namespace postrider::email
