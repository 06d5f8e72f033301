#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/plain_sealer.h"
#include "transports/loopback/receiver.h"

namespace postrider::testing {
namespace {

/// A content type, and a body of that.
POSTRIDER_FUZZ(loopback_webhook) {
    static const auto receiver = loopback::make_receiver({});
    const PlainSealer sealer;
    Webhook webhook;
    webhook.request.method = "POST";
    webhook.request.headers = {{"content-type", std::string(take_line(bytes))}};
    webhook.request.body = bytes;
    webhook.client = "192.0.2.1";
    must_hold(receiver->read(webhook, sealer).kind != WebhookReading::Kind::received,
              "nothing is received from strangers");
    webhook.client = "127.0.0.1";
    const WebhookReading reading = receiver->read(webhook, sealer);
    for (const IncomingMessage& message : reading.messages)
        must_hold(!message.sender.empty() && !message.recipient.empty(), "somebody wrote to somebody");
    if (reading.kind == WebhookReading::Kind::received) receiver->answer(reading, {"an answer"});
}

}  // namespace
}  // namespace postrider::testing
