#pragma once

#include "lib/async/clock.h"
#include "lib/net/http_server.h"
#include "tests/support/twilio_rules.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postrider::testing {

/// A POST to Messages.json as it arrived, accepted or not.
struct TwilioRequest {
    TimePoint arrived;  ///< by system_clock
    std::string to;
    std::string from;  ///< as asked for
    std::string messaging_service_sid;
    std::string body;
    std::size_t media_count = 0;
    std::vector<std::string> media_urls;
    std::string status_callback;
    bool send_as_mms = false;
    std::string sid;  ///< empty unless accepted
    int code = 0;     ///< why it was refused
    std::string direction = "outbound-api";
    std::string status{};  ///< empty: as it is just after acceptance
};

/// `prefix` and 32 hexadecimal digits.
std::string make_sid(std::string_view prefix, std::uint64_t high, std::uint64_t low);

/// The 201 to a creation.
ServerAnswer twilio_created(const TwilioRequest& message, const std::string& account_sid);

ServerAnswer twilio_error(const TwilioRefusal& refusal);

/// The list of its files.
ServerAnswer twilio_media_list(const TwilioRequest& message, const std::string& account_sid);

/// A page of the messages that a GET asks for, newest first; `accepted` in order of arrival. Later ones
/// than `listed_until` do not show yet. All are still queued, so that filters by DateSent find nothing.
ServerAnswer twilio_list(const ServerRequest& request, const std::vector<TwilioRequest>& accepted,
                         const std::string& account_sid, TimePoint listed_until);

}  // namespace postrider::testing
