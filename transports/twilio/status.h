#pragma once

#include "lib/inbound/receiver.h"

#include <string>

namespace postrider::twilio {

/// What a MessageStatus and its ErrorCode (or "") say of a message. Order of arrival is not guaranteed, so
/// statuses have ranks: accepted, scheduled < queued < sending < sent < delivered, undelivered, failed,
/// canceled < read. A status that is new to us has the lowest and changes nothing.
DeliveryReport report_of_status(const std::string& status, const std::string& error_code);

/// Whether a code says that the recipient has opted out (21610).
bool is_opt_out(int error_code);

}  // namespace postrider::twilio
