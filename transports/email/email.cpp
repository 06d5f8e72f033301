#include "transports/email/email.h"

#include "lib/dispatch/single_transport.h"
#include "lib/log/log.h"
#include "transports/email/answer.h"
#include "transports/email/receiver.h"
#include "transports/email/request.h"

#include <utility>

namespace postrider::email {

namespace {

constexpr std::size_t files_max = 100;
constexpr std::chrono::seconds writing_max{30};  // of messages, on a slow disk

class EmailTransport final : public SingleTransport {
public:
    EmailTransport(Settings settings, SmtpClient& smtp, const Clock& clock, BlockingPool& files)
        : settings_(std::move(settings)), smtp_(smtp), clock_(clock), files_(files) {}

    MediaLimits media_limits() const override {
        return {files_max, settings_.bytes_max / 4 * 3};  // base64 makes four bytes of three
    }
    bool tells_of_message() const override { return true; }
    std::chrono::milliseconds answer_max() const override { return settings_.timeout + writing_max; }

private:
    Task<Outcome> send_one(const PreparedRequest& request, const Permit& permit) override {
        auto letter = letter_of(request, settings_, clock_.now());
        if (!letter) co_return letter.error();
        const std::string message_id = letter->mail.message_id;
        const auto write = [mail = letter->mail] { return write_mail(mail); };
        auto written = co_await files_.run(write);
        if (!written) {
            const Verdict verdict = written.error().passing ? Verdict::deferred : Verdict::rejected;
            co_return Outcome::failed(verdict, "not sent: " + written.error().what);
        }
        if (written->size() > settings_.bytes_max)
            co_return Outcome::failed(Verdict::rejected, "the message is larger than the channel's limit");
        SmtpRequest smtp = to_smtp(request, std::move(*letter), std::move(*written), settings_);
        SendGate gate = [&permit] { return permit.granted(); };
        const SmtpResult result = co_await smtp_.send(std::move(smtp), std::move(gate));
        Outcome outcome = read_answer(result, message_id);
        if (outcome.verdict != Verdict::sent) {
            log::info("the mail server did not accept", {{"attempt", request.attempt.id},
                                                         {"code", result.code},
                                                         {"verdict", to_string(outcome.verdict)}});
        }
        co_return outcome;
    }

    const Settings settings_;
    SmtpClient& smtp_;
    const Clock& clock_;
    BlockingPool& files_;
};

class EmailKind final : public TransportKind {
public:
    std::string_view name() const override { return "email"; }
    std::chrono::seconds expire_after() const override { return std::chrono::hours{5 * 24}; }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        const Settings settings = email::read_settings(channel);
        ChannelMakers makers([settings](const TransportParts& parts) {
            return make_transport(settings, parts.smtp, parts.clock, parts.files);
        });
        makers.mail_reader = make_mail_reader(settings);
        return makers;
    }
};

}  // namespace

std::unique_ptr<Transport> make_transport(Settings settings, SmtpClient& smtp, const Clock& clock,
                                          BlockingPool& files) {
    return std::make_unique<EmailTransport>(std::move(settings), smtp, clock, files);
}

const TransportKind& kind() {
    static const EmailKind instance;
    return instance;
}

}  // namespace postrider::email
