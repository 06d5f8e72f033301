#pragma once

#include "lib/dispatch/transport.h"

#include <optional>
#include <string>

namespace postrider::twilio {

/// Files in one message: 10, of 5 MB together.
MediaLimits media_limits();

/// What Twilio has against a file: its type, or its size (JPEG, PNG and GIF 5 MB, others 500 KB).
std::optional<std::string> medium_objection(const MediaFile& medium);

}  // namespace postrider::twilio
