#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/plain_sealer.h"
#include "transports/azure/receiver.h"

namespace postrider::testing {
namespace {

/// A body of Event Grid's, with the channel's secret and without.
POSTRIDER_FUZZ(azure_webhook) {
    static const auto receiver = [] {
        azure::Settings settings;
        settings.from = "+18445550100";
        settings.webhook_secrets = {Secret("the secret of the channel")};
        return azure::make_receiver(settings);
    }();
    const PlainSealer sealer;
    Webhook webhook;
    webhook.request.method = "POST";
    webhook.request.body = bytes;
    must_hold(receiver->read(webhook, sealer).kind != WebhookReading::Kind::received,
              "nothing is received without the secret");
    webhook.request.query = "key=the+secret+of+the+channel";
    const WebhookReading reading = receiver->read(webhook, sealer);
    must_hold(reading.kind != WebhookReading::Kind::refused, "with it, nothing is refused");
    if (reading.kind == WebhookReading::Kind::received) receiver->answer(reading, {});
}

}  // namespace
}  // namespace postrider::testing
