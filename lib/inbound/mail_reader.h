#pragma once

#include "lib/inbound/receiver.h"
#include "lib/model/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A report whose mail told only how the provider_id that it is about begins, or a complaint. Nothing is proved
/// before the journal knows one of that message that does.
struct UnprovedReport {
    MessageId message = 0;
    std::string beginning;
    /// All but its provider_id and, of a complaint, who complains: that is whom the message went to.
    DeliveryReport report;
};

/// What a mail comes to: one message or one report, or `broken` and why.
struct MailReading {
    WebhookReading reading;
    std::vector<AttachedFile> files{};  ///< of the message; in its order
    /// In place of the message, once it is proved.
    std::optional<UnprovedReport> unproved{};
};

/// One channel's ear for mail that a mail server hands over. Knows no database and keeps no state; any
/// thread.
class MailReader {
public:
    virtual ~MailReader() = default;
    /// `bytes`: a whole message (RFC 5322). `recipient`: to whom it was delivered, where that is known; else
    /// its headers say. Total: whatever bytes come, it answers; it throws for lack of memory only.
    virtual MailReading read(std::string_view bytes, const std::string& recipient,
                             const Sealer& sealer) const = 0;
};

}  // namespace postrider
