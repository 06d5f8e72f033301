#pragma once

#include "lib/crypto/base64.h"
#include "lib/crypto/hmac.h"
#include "lib/net/form.h"

#include <map>
#include <string>

namespace postrider::testing {

/// A webhook as Twilio would post it: the form, and its signature.
struct SignedWebhook {
    std::string body;
    std::string signature;
};

inline SignedWebhook sign_as_twilio(const std::string& url, const std::map<std::string, std::string>& fields,
                                    const std::string& auth_token) {
    SignedWebhook made;
    std::string text = url;
    for (const auto& [name, value] : fields) {
        append_form_field(made.body, name, value);
        text += name + value;
    }
    made.signature = to_base64(hmac_sha1(Secret(auth_token), text));
    return made;
}

}  // namespace postrider::testing
