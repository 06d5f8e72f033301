#include "tests/support/twilio_imitation.h"

#include "lib/async/deadline.h"
#include "tests/support/base64.h"
#include "tests/support/twilio_account.h"

#include <algorithm>
#include <random>

namespace postrider::testing {

namespace {

using Manner = TwilioBehaviour::Manner;

TimePoint now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

std::uint64_t random_number() {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
}

ServerAnswer taken_first(std::deque<ServerAnswer>& answers) {
    ServerAnswer first = std::move(answers.front());
    answers.pop_front();
    return first;
}

ServerAnswer answer_in(const TwilioBehaviour& behaviour, const TwilioRequest& message,
                       const std::string& account) {
    if (behaviour.manner == Manner::refuse) return twilio_error(behaviour.refusal);
    ServerAnswer answer = twilio_created(message, account);
    if (behaviour.manner == Manner::close_before) answer.raw = "";
    if (behaviour.manner == Manner::garbage) answer.raw = "\x16\x03 this is not HTTP\r\n\r\n";
    if (behaviour.manner == Manner::close_amid) {
        answer.raw = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(answer.body.size()) + "\r\n\r\n" +
                     answer.body.substr(0, answer.body.size() / 2);
    }
    return answer;
}

/// One of those in flight for as long as this lives.
struct InFlight {
    explicit InFlight(std::size_t& counter) : count(counter), now(++counter) {}
    ~InFlight() { --count; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    std::size_t& count;
    const std::size_t now;
};

}  // namespace

TwilioBehaviour TwilioBehaviour::refuse(int status, int code, std::string message) {
    TwilioBehaviour behaviour = lose_answer(Manner::refuse, false);
    behaviour.refusal = {status, code, std::move(message)};
    return behaviour;
}

TwilioBehaviour TwilioBehaviour::lose_answer(Manner manner, bool accepts) {
    TwilioBehaviour behaviour;
    behaviour.manner = manner;
    behaviour.accepts = accepts;
    return behaviour;
}

TwilioBehaviour TwilioBehaviour::slow(std::chrono::milliseconds delay) {
    TwilioBehaviour behaviour;
    behaviour.delay = delay;
    return behaviour;
}

TwilioImitation::TwilioImitation(TwilioImitationSettings settings)
    : settings_(std::move(settings)),
      sid_prefix_(random_number()),
      server_([this](ServerRequest request) { return handle(std::move(request)); }) {}

void TwilioImitation::next(TwilioBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    behaviours_.push_back(std::move(behaviour));
}

void TwilioImitation::by_default(TwilioBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    default_behaviour_ = std::move(behaviour);
}

void TwilioImitation::remember(TwilioRequest message) {
    const std::lock_guard lock(mutex_);
    message.sid = make_sid("SM", sid_prefix_, accepted_.size() + 1);
    const auto later = std::upper_bound(
        accepted_.begin(), accepted_.end(), message,
        [](const TwilioRequest& a, const TwilioRequest& b) { return a.arrived < b.arrived; });
    accepted_.insert(later, std::move(message));
}

void TwilioImitation::next_list(ServerAnswer answer) {
    const std::lock_guard lock(mutex_);
    list_answers_.push_back(std::move(answer));
}

void TwilioImitation::next_file(ServerAnswer answer) {
    const std::lock_guard lock(mutex_);
    file_answers_.push_back(std::move(answer));
}

std::vector<std::string> TwilioImitation::lists() const {
    const std::lock_guard lock(mutex_);
    return lists_;
}

void TwilioImitation::set_balance(std::string amount) {
    const std::lock_guard lock(mutex_);
    balance_ = std::move(amount);
}

std::vector<std::string> TwilioImitation::balances() const {
    const std::lock_guard lock(mutex_);
    return balances_;
}

std::vector<std::string> TwilioImitation::lookups() const {
    const std::lock_guard lock(mutex_);
    return lookups_;
}

std::vector<TwilioRequest> TwilioImitation::accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

std::vector<TwilioRequest> TwilioImitation::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

std::size_t TwilioImitation::accepted_count() const {
    const std::lock_guard lock(mutex_);
    return accepted_.size();
}

bool TwilioImitation::wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return accepted_.size() >= count; });
}

bool TwilioImitation::wait_for_requests(std::size_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return accepted_.size() + refused_.size() >= count; });
}

bool TwilioImitation::authorized(std::string_view authorization) const {
    return authorization == "Basic " + base64(settings_.account_sid + ":" + settings_.auth_token) ||
           authorization == "Basic " + base64(settings_.api_key + ":" + settings_.api_key_secret);
}

Task<ServerAnswer> TwilioImitation::handle(ServerRequest request) {
    if (request.path.ends_with("/Balance.json")) co_return balance(request);
    if (!authorized(request.header("authorization"))) co_return twilio_error({401, 20003, "Authenticate"});
    if (request.path.starts_with(twilio_lookup_path)) co_return look_up(request);
    const std::string messages = "/2010-04-01/Accounts/" + settings_.account_sid + "/Messages";
    if (request.method == "GET" && request.path.starts_with(messages + "/")) co_return media(request);
    if (request.path != messages + ".json") {
        co_return twilio_error({404, 20404, "The requested resource " + request.path + " was not found"});
    }
    if (request.method == "GET") co_return list(request);
    if (request.method != "POST") co_return twilio_error({405, 20004, "Method not allowed"});
    ServerAnswer answer = co_await create(std::move(request));
    co_return answer;
}

ServerAnswer TwilioImitation::list(const ServerRequest& request) {
    const std::lock_guard lock(mutex_);
    lists_.push_back(request.target);
    if (list_answers_.empty()) {
        return twilio_list(request, accepted_, settings_.account_sid, now() - settings_.list_lag);
    }
    return taken_first(list_answers_);
}

ServerAnswer TwilioImitation::media(const ServerRequest& request) {
    const std::lock_guard lock(mutex_);
    for (const TwilioRequest& each : accepted_) {
        if (request.path.find("/" + each.sid + "/Media.json") != std::string::npos)
            return twilio_media_list(each, settings_.account_sid);
        if (request.path.find("/" + each.sid + "/Media/") == std::string::npos) continue;
        if (!file_answers_.empty()) return taken_first(file_answers_);
        ServerAnswer file;
        file.content_type = "image/gif";
        file.body = "GIF89a" + std::string(300, '\1');
        return file;
    }
    return twilio_error({404, 20404, "The requested resource was not found"});
}

ServerAnswer TwilioImitation::look_up(const ServerRequest& request) {
    const std::lock_guard lock(mutex_);
    lookups_.push_back(request.target);
    return twilio_lookup(request);
}

ServerAnswer TwilioImitation::balance(const ServerRequest& request) {
    const std::string& root = settings_.root_account_sid;
    const std::string_view credentials = request.header("authorization");
    const bool of_root = request.path == "/2010-04-01/Accounts/" + root + "/Balance.json";
    const bool of_own = request.path == "/2010-04-01/Accounts/" + settings_.account_sid + "/Balance.json";
    const bool allowed = of_root ? credentials == "Basic " + base64(root + ":" + settings_.root_auth_token)
                                 : of_own && authorized(credentials);
    if (!allowed) return twilio_error({401, 20003, "Authenticate"});
    if (request.method != "GET") return twilio_error({405, 20004, "Method not allowed"});
    const std::lock_guard lock(mutex_);
    balances_.push_back(request.path);
    return twilio_balance(of_root ? root : settings_.account_sid, balance_);
}

Task<ServerAnswer> TwilioImitation::create(ServerRequest request) {
    const InFlight in_flight(in_flight_);
    const std::string_view type = request.header("content-type");
    const auto fields = parse_form(request.body);
    std::optional<TwilioRefusal> refusal;
    if (in_flight.now > settings_.concurrency_max) {
        refusal = TwilioRefusal{429, 20429, "Too Many Requests"};
    } else if (type.substr(0, type.find(';')) != "application/x-www-form-urlencoded") {
        refusal = TwilioRefusal{415, 0, "unsupported media type"};
    } else if (!fields) {
        refusal = TwilioRefusal{400, 20001, "Not a form in UTF-8"};
    } else {
        refusal = twilio_objection(*fields);
    }
    if (refusal) {
        record(fields.value_or(FormFields()), false, refusal->code);
        co_return twilio_error(*refusal);
    }
    const TwilioBehaviour behaviour = take_behaviour();
    const TwilioRequest message = record(*fields, behaviour.accepts, behaviour.refusal.code);
    if (behaviour.delay.count() > 0) co_await sleep_for(behaviour.delay);
    while (behaviour.manner == Manner::hang) co_await sleep_for(std::chrono::hours{1});
    ServerAnswer answer = answer_in(behaviour, message, settings_.account_sid);
    answer.headers = behaviour.headers;
    answer.headers.emplace_back("Twilio-Concurrent-Requests", std::to_string(in_flight.now));
    answer.headers.emplace_back("Twilio-Request-Id", make_sid("RQ", sid_prefix_, ++requests_));
    co_return answer;
}

TwilioBehaviour TwilioImitation::take_behaviour() {
    const std::lock_guard lock(mutex_);
    if (behaviours_.empty()) return default_behaviour_;
    TwilioBehaviour behaviour = std::move(behaviours_.front());
    behaviours_.pop_front();
    return behaviour;
}

TwilioRequest TwilioImitation::record(const FormFields& fields, bool accepts, int code) {
    TwilioRequest request;
    request.to = field_value(fields, "To");
    request.from = field_value(fields, "From");
    request.messaging_service_sid = field_value(fields, "MessagingServiceSid");
    request.body = field_value(fields, "Body");
    request.send_as_mms = field_value(fields, "SendAsMms") == "true";
    request.status_callback = field_value(fields, "StatusCallback");
    for (const auto& [name, value] : fields) {
        if (name == "MediaUrl") request.media_urls.push_back(value);
    }
    request.media_count = request.media_urls.size();
    const std::lock_guard lock(mutex_);
    request.arrived = now();
    if (accepts) {
        const bool mms = request.media_count > 0 || request.send_as_mms;
        request.sid = make_sid(mms ? "MM" : "SM", sid_prefix_, accepted_.size() + 1);
        accepted_.push_back(request);
    } else {
        request.code = code;
        refused_.push_back(request);
    }
    changed_.notify_all();
    return request;
}

}  // namespace postrider::testing
