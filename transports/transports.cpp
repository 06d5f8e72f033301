#include "transports/transports.h"

#include "transports/email/email.h"
#include "transports/loopback/loopback.h"
#include "transports/twilio/twilio.h"
#include "transports/webhook/webhook.h"

namespace postrider {

const TransportKinds& all_transport_kinds() {
    static const TransportKinds kinds{
        &email::kind(),
        &loopback::kind(),
        &twilio::kind(),
        &webhook::kind(),
    };
    return kinds;
}

}  // namespace postrider
