#pragma once

#include "tests/support/twilio_documents.h"

#include <string>
#include <vector>

namespace postrider::bench {

/// How late each message was at the provider, by the send date in `url`'s database, in milliseconds and
/// the same order. Each destination must have one message; throws for one that the database lacks.
std::vector<double> lags_from_send_date(const std::string& url,
                                        const std::vector<testing::TwilioRequest>& accepted);

}  // namespace postrider::bench
