#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/outcome.h"

#include <chrono>
#include <string>
#include <vector>

namespace postrider::loopback {

struct Settings {
    std::chrono::milliseconds delay{0};  ///< how long each call takes
    /// What requests come to, one after the other, over and over; empty: all are sent.
    std::vector<Verdict> fail;
    /// Hosts that may post incoming messages: numeric addresses, in their usual form.
    std::vector<std::string> allow_from{"127.0.0.1", "::1"};
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

}  // namespace postrider::loopback
