#include "lib/async/deadline.h"
#include "tests/support/azure_imitation.h"
#include "tests/support/server_thread.h"
#include "tests/support/smtp_imitation.h"
#include "tests/support/twilio_imitation.h"
#include "tests/unit/transports/conformance/provider.h"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <stdexcept>

namespace postrider::testing {

namespace {

using namespace std::chrono_literals;

constexpr auto slowness = 200ms;
constexpr std::size_t verbosity = std::size_t{8} << 20;

class AzureProvider final : public NetworkProvider {
public:
    std::string settings() const override { return settings_at(imitation_.url()); }
    std::string settings_with_broken_tls() const override {
        return settings_at("https" + imitation_.url().substr(4));
    }
    void next(Manner manner) override {
        using M = AzureBehaviour::Manner;
        AzureBehaviour behaviour;
        switch (manner) {
            case Manner::accepts: break;
            case Manner::rejects:
                return imitation_.next(AzureBehaviour::refuse_item(400, "Invalid To +17735550123"));
            case Manner::defers: return imitation_.next(AzureBehaviour::refuse_item(503, "later"));
            case Manner::throttles:
                return imitation_.next(AzureBehaviour::refuse(429, "Throttled", "slower"));
            case Manner::blames_channel:
                return imitation_.next(AzureBehaviour::refuse(401, "Denied", "who?"));
            case Manner::loses_answer:
                return imitation_.next(AzureBehaviour::lose_answer(M::close_before, true));
            case Manner::hangs: return imitation_.next(AzureBehaviour::lose_answer(M::hang, true));
            case Manner::is_slow: behaviour.delay = slowness; break;
            case Manner::is_verbose: behaviour.headers = {{"X-Filler", std::string(verbosity, 'x')}}; break;
        }
        imitation_.next(behaviour);
    }
    std::size_t accepted() const override { return imitation_.accepted().size(); }

private:
    std::string settings_at(const std::string& url) const {
        return fmt::format("endpoint: {}\naccess_key: {}\nfrom: \"+18335550100\"\n", url,
                           imitation_.settings().access_key);
    }
    AzureImitation imitation_;
};

class TwilioProvider final : public NetworkProvider {
public:
    std::string settings() const override { return settings_at(imitation_.base_url()); }
    std::string settings_with_broken_tls() const override {
        return settings_at("https" + imitation_.base_url().substr(4));
    }
    void next(Manner manner) override {
        using M = TwilioBehaviour::Manner;
        switch (manner) {
            case Manner::accepts: return imitation_.next({});
            case Manner::rejects:
                return imitation_.next(TwilioBehaviour::refuse(400, 21211, "+1555 is none"));
            case Manner::defers: return imitation_.next(TwilioBehaviour::refuse(400, 21611, "full"));
            case Manner::throttles: return imitation_.next(TwilioBehaviour::refuse(429, 20429, "slower"));
            case Manner::blames_channel: return imitation_.next(TwilioBehaviour::refuse(401, 20003, "who?"));
            case Manner::loses_answer:
                return imitation_.next(TwilioBehaviour::lose_answer(M::close_before, true));
            case Manner::hangs: return imitation_.next(TwilioBehaviour::lose_answer(M::hang, true));
            case Manner::is_slow: return imitation_.next(TwilioBehaviour::slow(slowness));
            case Manner::is_verbose: break;
        }
        TwilioBehaviour verbose;
        verbose.headers = {{"X-Filler", std::string(verbosity, 'x')}};
        imitation_.next(verbose);
    }
    std::size_t accepted() const override { return imitation_.accepted_count(); }

private:
    std::string settings_at(const std::string& url) const {
        return fmt::format("account_sid: {}\nauth_token: {}\nfrom: \"+13125550100\"\nbase_url: {}\n",
                           imitation_.settings().account_sid, imitation_.settings().auth_token, url);
    }
    TwilioImitation imitation_;
};

class WebhookProvider final : public NetworkProvider {
public:
    std::string settings() const override { return settings_at(server_.url()); }
    std::string settings_with_broken_tls() const override {
        return settings_at("https" + server_.url().substr(4));
    }
    void next(Manner manner) override {
        const std::lock_guard lock(mutex_);
        manners_.push_back(manner);
    }
    std::size_t accepted() const override {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }
    bool reads_little() const override { return true; }

private:
    static std::string settings_at(const std::string& url) {
        return fmt::format(
            "url: {}/hook\nsecret: whsec_aEpfk2t4T+F6958AVNDdcrS2gYvuJKxG\nallow_private: true\n", url);
    }
    Manner take() {
        const std::lock_guard lock(mutex_);
        Manner manner = Manner::accepts;
        if (!manners_.empty()) {
            manner = manners_.front();
            manners_.pop_front();
        }
        const bool refuses = manner == Manner::rejects || manner == Manner::defers ||
                             manner == Manner::throttles || manner == Manner::blames_channel;
        accepted_ += refuses ? 0 : 1;
        return manner;
    }
    Task<ServerAnswer> answer() {
        const Manner manner = take();
        ServerAnswer answer;
        switch (manner) {
            case Manner::rejects:
            case Manner::defers: answer.status = 408; break;
            case Manner::throttles: answer.status = 429; break;
            case Manner::blames_channel: answer.status = 401; break;
            case Manner::loses_answer: answer.raw = ""; break;
            case Manner::hangs: co_await sleep_for(1h); break;
            case Manner::is_slow: co_await sleep_for(slowness); break;
            case Manner::is_verbose: answer.body = std::string(verbosity, 'x'); break;
            case Manner::accepts: break;
        }
        co_return answer;
    }

    mutable std::mutex mutex_;
    std::deque<Manner> manners_;
    std::size_t accepted_ = 0;
    ServerThread server_{[this](ServerRequest) { return answer(); }};
};

class MailProvider final : public NetworkProvider {
public:
    std::string settings() const override {
        return fmt::format("smtp_url: smtp://127.0.0.1:{}\nstarttls: none\nfrom: bot@example.org\n",
                           imitation_.port());
    }
    std::string settings_with_broken_tls() const override {
        return fmt::format("smtp_url: smtp://127.0.0.1:{}\nfrom: bot@example.org\n", imitation_.port());
    }
    void next(Manner manner) override {
        using Stage = SmtpBehaviour::Stage;
        const auto refuse = [this](Stage stage, const char* reply) {
            imitation_.next(SmtpBehaviour::refuse(stage, reply));
        };
        SmtpBehaviour behaviour;
        switch (manner) {
            case Manner::accepts: break;
            case Manner::rejects: return refuse(Stage::rcpt, "550 5.1.1 no pat@example.net here");
            case Manner::defers: return refuse(Stage::end, "451 4.3.0 later");
            case Manner::throttles: return refuse(Stage::mail, "421 4.7.0 too many");
            case Manner::blames_channel: return refuse(Stage::mail, "530 5.7.0 log in first");
            case Manner::loses_answer: behaviour.closes = true; break;
            case Manner::hangs: behaviour.hangs = true; break;
            case Manner::is_slow: behaviour.delay = slowness; break;
            case Manner::is_verbose:
                for (std::size_t size = 0; size < verbosity; size += 512)
                    behaviour.reply += "250-" + std::string(506, 'x') + "\r\n";
                behaviour.reply += "250 2.0.0 ok";
                break;
        }
        imitation_.next(behaviour);
    }
    std::size_t accepted() const override { return imitation_.accepted().size(); }

private:
    SmtpImitation imitation_;
};

/// No provider at all: the channel's settings say what comes of a message.
class LoopbackProvider final : public Provider {
public:
    std::string settings() const override { return settings_; }
    void next(Manner manner) override {
        switch (manner) {
            case Manner::rejects: settings_ = "fail: [rejected, sent]\n"; break;
            case Manner::defers: settings_ = "fail: [deferred, sent]\n"; break;
            case Manner::throttles: settings_ = "fail: [throttled, sent]\n"; break;
            case Manner::blames_channel: settings_ = "fail: [misconfigured, sent]\n"; break;
            case Manner::loses_answer: settings_ = "fail: [in_doubt, sent]\n"; break;
            case Manner::hangs: settings_ = "delay: 1h\n"; break;
            case Manner::accepts:
            case Manner::is_slow:
            case Manner::is_verbose: settings_ = at_once; break;
        }
    }
    bool hangs() const override { return settings_ == "delay: 1h\n"; }

private:
    static constexpr const char* at_once = "delay: 0s\n";
    std::string settings_ = at_once;
};

template <class Base, class Kind>
ProviderKind<Base> kind_of(std::string transport, std::string destination) {
    return {std::move(transport), std::move(destination), [] { return std::make_unique<Kind>(); }};
}

template <class Base>
std::vector<ProviderKind<Base>> networks() {
    return {
        kind_of<Base, AzureProvider>("azure", "+17735550123"),
        kind_of<Base, MailProvider>("email", "pat@example.net"),
        kind_of<Base, TwilioProvider>("twilio", "+17735550123"),
        kind_of<Base, WebhookProvider>("webhook", "pat"),
    };
}

}  // namespace

std::vector<ProviderKind<NetworkProvider>> network_provider_kinds() { return networks<NetworkProvider>(); }

std::vector<ProviderKind<Provider>> provider_kinds() {
    std::vector<ProviderKind<Provider>> kinds = networks<Provider>();
    kinds.push_back(kind_of<Provider, LoopbackProvider>("loopback", "+17735550123"));
    return kinds;
}

}  // namespace postrider::testing
