#include "tests/support/azure_imitation.h"

#include "lib/async/deadline.h"

#include <random>

namespace postrider::testing {

namespace {

using Manner = AzureBehaviour::Manner;

TimePoint now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

/// Of this form they were seen; no two imitations give the same.
std::string make_message_id(std::size_t number) {
    std::random_device random;
    return "Outgoing_" + std::to_string(random()) + "-" + std::to_string(number) + "_noam";
}

ServerAnswer answer_in(const AzureBehaviour& behaviour, const boost::json::object& item) {
    if (behaviour.manner == Manner::refuse) return azure_error(behaviour.refusal);
    ServerAnswer answer = azure_accepted(item);
    if (behaviour.manner == Manner::close_before) answer.raw = "";
    if (behaviour.manner == Manner::garbage) answer.raw = "\x16\x03 this is not HTTP\r\n\r\n";
    if (behaviour.manner == Manner::close_amid) {
        answer.raw = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(answer.body.size()) + "\r\n\r\n" +
                     answer.body.substr(0, answer.body.size() / 2);
    }
    return answer;
}

}  // namespace

AzureBehaviour AzureBehaviour::refuse(int status, std::string code, std::string message) {
    AzureBehaviour behaviour = lose_answer(Manner::refuse, false);
    behaviour.refusal = {status, std::move(code), std::move(message), false};
    return behaviour;
}

AzureBehaviour AzureBehaviour::refuse_item(int status, std::string message) {
    AzureBehaviour behaviour = lose_answer(Manner::refuse_item, false);
    behaviour.refusal = {status, "", std::move(message), false};
    return behaviour;
}

AzureBehaviour AzureBehaviour::lose_answer(Manner manner, bool accepts) {
    AzureBehaviour behaviour;
    behaviour.manner = manner;
    behaviour.accepts = accepts;
    return behaviour;
}

AzureImitation::AzureImitation(AzureImitationSettings settings)
    : settings_(std::move(settings)),
      server_([this](ServerRequest request) { return handle(std::move(request)); }) {}

void AzureImitation::next(AzureBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    behaviours_.push_back(std::move(behaviour));
}

void AzureImitation::by_default(AzureBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    default_behaviour_ = std::move(behaviour);
}

std::vector<AzureMessage> AzureImitation::accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

std::vector<AzureMessage> AzureImitation::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool AzureImitation::wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return accepted_.size() >= count; });
}

Task<ServerAnswer> AzureImitation::handle(ServerRequest request) {
    if (const auto refusal =
            azure_signature_objection(request, settings_.access_key, now(), settings_.skew_max)) {
        co_return azure_error(*refusal);
    }
    AzureMessage message;
    message.arrived = now();
    if (const auto refusal = azure_request_objection(request, message)) co_return azure_error(*refusal);
    AzureBehaviour behaviour;
    boost::json::object item;
    if (const auto refusal = azure_item_objection(message, now(), settings_.window)) {
        item = azure_refused_item(message, *refusal);
        const std::lock_guard lock(mutex_);
        requests_.push_back(message);
    } else {
        behaviour = take_behaviour();
        item = outcome_of(message, behaviour);
    }
    if (behaviour.delay.count() > 0) co_await sleep_for(behaviour.delay);
    while (behaviour.manner == Manner::hang) co_await sleep_for(std::chrono::hours{1});
    ServerAnswer answer = answer_in(behaviour, item);
    answer.headers = behaviour.headers;
    answer.headers.emplace_back("MS-CV", "imitated.0");
    co_return answer;
}

AzureBehaviour AzureImitation::take_behaviour() {
    const std::lock_guard lock(mutex_);
    if (behaviours_.empty()) return default_behaviour_;
    AzureBehaviour behaviour = std::move(behaviours_.front());
    behaviours_.pop_front();
    return behaviour;
}

/// Sends it on, unless it was already or must not be; and says so.
boost::json::object AzureImitation::outcome_of(AzureMessage& message, const AzureBehaviour& behaviour) {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(message.request_id); known != known_.end()) {
        requests_.push_back(message);
        if (known->second.body == message.body) return azure_accepted_item(known->second);
        return azure_refused_item(message, {400, "", "The id was used with another request", true});
    }
    if (behaviour.accepts) {
        message.message_id = make_message_id(accepted_.size() + 1);
        accepted_.push_back(message);
        if (!message.request_id.empty()) known_[message.request_id] = message;
    }
    requests_.push_back(message);
    changed_.notify_all();
    if (behaviour.manner != Manner::refuse_item) return azure_accepted_item(message);
    return azure_refused_item(message, behaviour.refusal);
}

}  // namespace postrider::testing
