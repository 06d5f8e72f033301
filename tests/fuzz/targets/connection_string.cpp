#include "transports/azure/connection_string.h"

#include "lib/crypto/webhook_signature.h"
#include "tests/fuzz/fuzz_target.h"
#include "transports/email/mailbox.h"
#include "transports/twilio/callback.h"

namespace postrider::testing {
namespace {

/// What operators and sites write into settings that have a form of their own.
POSTRIDER_FUZZ(connection_string) {
    const std::string text(bytes);
    if (const auto connection = azure::parse_connection_string(Secret(text))) {
        must_hold(!azure::endpoint_fault(connection->endpoint), "an endpoint that was read is one");
        must_hold(!connection->access_key.empty(), "there is a key");
    }
    if (const auto mailbox = email::parse_mailbox(bytes)) {
        const std::string& address = mailbox->address;
        must_hold(address.find_first_of("\r\n <>") == std::string::npos, "nothing of it is a command");
        must_hold(address.size() <= 254, "it fits");
    }
    if (const auto key = webhook_key_of(Secret(text)))
        must_hold(key->reveal().size() >= 24 && key->reveal().size() <= 64, "a key is 24 to 64 bytes");
    if (!twilio::callback_fault(bytes)) twilio::callback_for(bytes, 7);
}

}  // namespace
}  // namespace postrider::testing
