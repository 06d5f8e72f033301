#include "tests/system/system_test.h"

#include <fmt/format.h>

namespace postrider::testing {

std::string twilio_channel(const std::string& base_url, const std::string& more, const std::string& token) {
    return fmt::format(
        "  - name: sms\n    transport: twilio\n    default: true\n    from: \"+13125550100\"\n"
        "    account_sid: AC0123456789abcdef0123456789abcdef\n    auth_token: {}\n    base_url: {}\n{}",
        token, base_url, more);
}

std::string configuration(const std::string& database_url, const std::string& channels,
                          const std::string& more) {
    return fmt::format("database:\n  url: \"{}\"\n  settle: 0s\nlisten:\n  port: 0\nchannels:\n{}{}",
                       database_url, channels, more);
}

std::vector<std::string> SystemTest::texts_to(const std::string& number) const {
    std::vector<std::string> texts;
    for (const TwilioRequest& request : twilio.accepted()) {
        if (request.to == number) texts.push_back(request.body);
    }
    return texts;
}

std::vector<std::string> SystemTest::all_texts() const {
    std::vector<std::string> texts;
    for (const TwilioRequest& request : twilio.accepted()) texts.push_back(request.body);
    return texts;
}

}  // namespace postrider::testing
