#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/plain_sealer.h"
#include "transports/email/receiver.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(mail) {
    static const auto reader = [] {
        email::Settings settings;
        settings.host = "mail.example.org";
        settings.from = {.address = "clinic@example.org"};
        settings.envelope_sender = "bounces@example.org";
        return email::make_mail_reader(settings);
    }();
    const MailReading read = reader->read(bytes, "bounces+7.abc@example.org", PlainSealer());
    must_hold(read.reading.messages.size() + read.reading.reports.size() <= 1,
              "a mail is one message or one report");
    for (const IncomingMessage& message : read.reading.messages)
        must_hold(message.text.reveal().find('\0') == std::string::npos, "no zero byte is read");
}

}  // namespace
}  // namespace postrider::testing
