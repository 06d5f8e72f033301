#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/config/transport_kind.h"
#include "lib/net/smtp_client.h"
#include "transports/email/settings.h"

#include <memory>

namespace postrider::email {

/// One message a request, in a transaction of its own. What is in doubt can be asked about nowhere. All that
/// it is given outlives the transport.
std::unique_ptr<Transport> make_transport(Settings settings, SmtpClient& smtp, const Clock& clock,
                                          BlockingPool& files);

/// `transport: email`.
const TransportKind& kind();

}  // namespace postrider::email
