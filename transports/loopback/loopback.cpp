#include "transports/loopback/loopback.h"

#include "lib/schedule/iso_time.h"
#include "transports/loopback/receiver.h"

#include <limits>

namespace postrider::loopback {

namespace {

constexpr std::size_t requests_max = 500;
constexpr std::size_t files_max = 10;  // as Twilio's, for trials

/// As Python writes it.
std::string iso_time(TimePoint when) {
    std::string text = to_iso_time(when);
    text.replace(text.size() - 1, 1, "+00:00");
    return text;
}

class LoopbackTransport final : public Transport {
public:
    LoopbackTransport(Settings settings, Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

    std::size_t batch_max() const override { return requests_max; }
    bool counts_segments() const override { return true; }
    MediaLimits media_limits() const override {
        return {files_max, std::numeric_limits<std::uintmax_t>::max()};
    }

    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) override {
        if (settings_.delay.count() > 0) co_await clock_.sleep_until(clock_.now() + settings_.delay);
        const bool granted = permit.granted();
        std::vector<Outcome> outcomes;
        outcomes.reserve(requests.size());
        for (const PreparedRequest& request : requests) {
            outcomes.push_back(granted
                                   ? outcome_of(request.attempt)
                                   : Outcome::failed(Verdict::deferred, "not sent: not permitted any more"));
        }
        co_return outcomes;
    }

private:
    Outcome outcome_of(const AttemptKey& attempt) {
        const Verdict verdict = next_verdict();
        if (verdict != Verdict::sent) {
            return Outcome::failed(verdict, "loopback was told to answer " + std::string(to_string(verdict)));
        }
        boost::json::object metadata;
        metadata["loopback"] = "Sent at " + iso_time(clock_.now()) + " via loopback.";
        return Outcome::sent("loopback-" + std::to_string(attempt.id), std::move(metadata));
    }

    Verdict next_verdict() {
        if (settings_.fail.empty()) return Verdict::sent;
        return settings_.fail[next_++ % settings_.fail.size()];
    }

    const Settings settings_;
    Clock& clock_;
    std::size_t next_ = 0;
};

class LoopbackKind final : public TransportKind {
public:
    std::string_view name() const override { return "loopback"; }
    std::string_view site_package() const override { return "simple_messaging_loopback"; }
    ChannelMakers read_settings(SettingsReader& channel) const override {
        const Settings settings = loopback::read_settings(channel);
        return {[settings](const TransportParts& parts) { return make_transport(settings, parts.clock); },
                make_receiver(settings)};
    }
};

}  // namespace

std::unique_ptr<Transport> make_transport(Settings settings, Clock& clock) {
    return std::make_unique<LoopbackTransport>(std::move(settings), clock);
}

const TransportKind& kind() {
    static const LoopbackKind instance;
    return instance;
}

}  // namespace postrider::loopback
