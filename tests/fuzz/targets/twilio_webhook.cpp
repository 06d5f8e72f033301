#include "lib/crypto/base64.h"
#include "lib/crypto/hmac.h"
#include "lib/net/form.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/plain_sealer.h"
#include "transports/twilio/receiver.h"
#include "transports/twilio/signature.h"

#include <algorithm>
#include <set>

namespace postrider::testing {
namespace {

const Secret token("an auth token");
constexpr std::string_view url = "https://messages.example.org/incoming";

std::string signature_of(const FormFields& fields) {
    std::string text(url);
    for (const auto& [name, value] : std::set(fields.begin(), fields.end())) text += name + value;
    return to_base64(hmac_sha1(token, text));
}

/// A form, signed as Twilio does, and once with a signature that it does not have.
POSTRIDER_FUZZ(twilio_webhook) {
    static const auto receiver = [] {
        twilio::Settings settings;
        settings.account_sid = "AC00000000000000000000000000000001";
        settings.auth_token = token;
        settings.from = "+13125550100";
        return twilio::make_receiver(settings);
    }();
    const PlainSealer sealer;
    const FormFields fields = parse_form(bytes);
    Webhook webhook;
    webhook.url = url;
    webhook.request.method = "POST";
    webhook.request.body = bytes;
    webhook.request.headers = {{"content-type", "application/x-www-form-urlencoded"},
                               {"x-twilio-signature", signature_of(fields)}};
    const WebhookReading reading = receiver->read(webhook, sealer);
    must_hold(reading.kind != WebhookReading::Kind::refused ||
                  find_field(fields, "AccountSid").value_or("").find("AC0") != 0,
              "what is signed is not refused");
    for (const IncomingMessage& message : reading.messages)
        must_hold(!message.provider_id.empty(), "a message has a name");
    if (reading.kind == WebhookReading::Kind::received)
        receiver->answer(reading, {"<&>", std::string(bytes.substr(0, 200))});

    webhook.request.headers[1].second = bytes.substr(0, 28);
    must_hold(receiver->read(webhook, sealer).kind != WebhookReading::Kind::received,
              "what is not signed is not received");
}

}  // namespace
}  // namespace postrider::testing
