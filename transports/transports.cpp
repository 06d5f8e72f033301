#include "transports/transports.h"

#include "transports/azure/azure.h"
#include "transports/email/email.h"
#include "transports/loopback/loopback.h"
#include "transports/twilio/twilio.h"
#include "transports/webhook/webhook.h"

namespace postrider {

const TransportKinds& all_transport_kinds() {
    static const TransportKinds kinds{
        &azure::kind(), &email::kind(), &loopback::kind(), &twilio::kind(), &webhook::kind(),
    };
    return kinds;
}

}  // namespace postrider
