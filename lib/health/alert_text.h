#pragma once

#include "lib/health/alert_policy.h"

#include <string>

namespace postrider {

/// One line: `[Postrider app-1] CRITICAL: channel sms, database`; `OK again: …` where all is over.
std::string alert_subject(const Alert& alert, const std::string& host);

/// For people: a line for each check, as the status has it.
std::string alert_text(const Alert& alert, const std::string& host);

/// For programs: the body of a webhook (`type` is `status.alert`).
std::string alert_json(const Alert& alert, const std::string& host, TimePoint now);

}  // namespace postrider
