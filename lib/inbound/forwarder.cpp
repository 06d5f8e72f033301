#include "lib/inbound/forwarder.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/inbound/forward_body.h"
#include "lib/inbound/looking.h"
#include "lib/log/log.h"
#include "lib/net/retry_after.h"
#include "lib/net/unanswered.h"
#include "lib/schedule/backoff.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds again_in{2};
constexpr std::chrono::seconds backlog_every{10};
constexpr std::chrono::hours retry_max{1};
constexpr std::chrono::minutes recording_max{1};  // beyond the time that telling may take
constexpr std::chrono::minutes waiting_worries{5};
constexpr std::chrono::hours gone_for{1};
/// So many failures in a row are the endpoint's, not of what it is told: it is asked more rarely, one at a time.
constexpr int failures_of_endpoint = 20;
constexpr Backoff endpoint_pauses{1s, 1min};
constexpr std::size_t reply_bytes_max = std::size_t{64} << 10;

std::string describe_status(int status) {
    if (status >= 300 && status < 400) return fmt::format("it redirects, status {}", status);
    return fmt::format("status {}", status);
}

}  // namespace

Forwarder::Forwarder(ForwarderParts parts)
    : parts_(std::move(parts)), wakeup_(parts_.executor), ended_(parts_.executor), tasks_(parts_.executor) {}

void Forwarder::set_endpoints(std::vector<ForwardEndpoint> endpoints) {
    endpoints_ = std::move(endpoints);
    std::chrono::milliseconds patience{0};
    for (const ForwardEndpoint& each : endpoints_) patience = std::max(patience, each.reply_within);
    parts_.replies.set_patience(patience);
    for (auto& [name, pace] : paces_) {
        pace.gone = false;
        pace.failures = 0;
        pace.not_before = TimePoint::min();
    }
    wakeup_.ring();
}

const ForwardEndpoint* Forwarder::endpoint_named(const std::string& name) const {
    const auto found = std::find_if(endpoints_.begin(), endpoints_.end(),
                                    [&](const ForwardEndpoint& each) { return each.name == name; });
    return found == endpoints_.end() ? nullptr : &*found;
}

Task<> Forwarder::run() {
    tasks_.spawn("results of forwards", record());
    Look look = [this] { return look_once(); };
    Task<> looking = keep_looking(parts_.clock, wakeup_, "applications wait to be told: the database is away",
                                  std::move(look));
    std::exception_ptr ended;
    co_await keep_failure(tasks_.end_with(std::move(looking)), ended);
    co_await settle_rest();
    if (ended) std::rethrow_exception(ended);
}

/// What was acknowledged is not to be told again by whoever comes next.
Task<> Forwarder::settle_rest() {
    try {
        while (!results_.empty()) {
            ForwardResults rest = std::exchange(results_, {});
            co_await settle(std::move(rest));
        }
    } catch (const std::exception& error) {
        log::warn("some of what applications were told is told again", {{"error", error.what()}});
    }
}

Task<bool> Forwarder::look_once() {
    const bool more = co_await take_some();
    if (parts_.clock.now() >= backlog_read_ + backlog_every) {
        backlog_read_ = parts_.clock.now();
        backlog_ = co_await parts_.store.backlog();
    }
    co_return more;
}

/// Endpoints that may be told something now, and of how much.
std::vector<ForwardStore::Wanted> Forwarder::wanted(TimePoint now) const {
    std::vector<ForwardStore::Wanted> all;
    for (const ForwardEndpoint& each : endpoints_) {
        const auto pace = paces_.find(each.name);
        std::size_t room = each.concurrency;
        if (pace != paces_.end()) {
            if (now < pace->second.not_before) continue;
            if (pace->second.gone || pace->second.failures >= failures_of_endpoint) room = 1;
            room -= std::min(room, pace->second.under_way);
        }
        if (room > 0) all.push_back({each.name, each.waits_for_media, room});
    }
    return all;
}

/// Whether there may be more to do at once.
Task<bool> Forwarder::take_some() {
    const TimePoint now = parts_.clock.now();
    std::vector<ForwardStore::Wanted> asked = wanted(now);
    if (asked.empty()) co_return false;
    std::chrono::milliseconds timeout{0};
    for (const ForwardEndpoint& each : endpoints_) timeout = std::max(timeout, each.timeout);
    std::vector<Forward> taken =
        co_await parts_.store.take(now, now + timeout + recording_max, std::move(asked));
    const bool any = !taken.empty();
    for (Forward& forward : taken) {
        // It may come back while it is still being told: when the database was away for long.
        if (!telling_.insert(forward.id).second) continue;
        ++paces_[forward.endpoint].under_way;
        tasks_.spawn("forward", tell(std::move(forward)));
    }
    // Whoever ends makes room, and rings.
    co_return any && !wanted(parts_.clock.now()).empty();
}

Task<> Forwarder::tell(Forward forward) {
    Answer answer;
    std::exception_ptr failure;
    const ForwardEndpoint* const found = endpoint_named(forward.endpoint);
    const std::optional<ForwardEndpoint> endpoint = found ? std::optional(*found) : std::nullopt;
    try {
        if (endpoint) answer = co_await ask(forward, *endpoint);
    } catch (...) {
        failure = std::current_exception();
    }
    --paces_[forward.endpoint].under_way;
    if (failure) {
        telling_.erase(forward.id);
        std::rethrow_exception(failure);
    }
    // A reload took it away while it was taken: it waits, for whoever may know it.
    if (!endpoint) {
        results_.failed.push_back(
            {forward.id, parts_.clock.now() + again_in, "it is not configured any more"});
    } else {
        note(forward, *endpoint, answer);
    }
    ended_.ring();
}

Task<Forwarder::Answer> Forwarder::ask(const Forward& forward, const ForwardEndpoint& endpoint) {
    Answer answer;
    if (!forward.message && !forward.report) {
        answer.acknowledged = true;  // its row is gone
        co_return answer;
    }
    auto body = forward_body(forward, parts_.privacy);
    if (!body) {
        answer.reason = body.error().what;
        co_return answer;
    }
    HttpRequest request = signed_post(endpoint.to, forward.webhook_id, std::move(*body), parts_.clock.now());
    request.timeout = endpoint.timeout;
    const bool may_reply = endpoint.reply_within > 0ms && forward.message;
    if (may_reply) request.answer_bytes_max = reply_bytes_max;
    answer.asked = true;
    HttpResult result = co_await parts_.http.send(std::move(request), {});
    if (result.address_refused) {
        answer.slow_down = true;
        answer.reason = "its url leads to an address that is not public (see allow_private)";
    } else if (result.exchange != Exchange::answered) {
        answer.reason = unanswered(result).reason;
    } else {
        const int status = result.answer.status;
        answer.acknowledged = status / 100 == 2;
        answer.gone = status == 410;
        answer.retry_after = retry_after(result.answer, parts_.clock.now());
        answer.slow_down = status == 429 || status == 502 || status == 504 || answer.retry_after;
        if (!answer.acknowledged) answer.reason = describe_status(status);
        if (answer.acknowledged && may_reply) answer.reply = read_application_reply(result.answer.body);
        if (may_reply && result.too_large) answer.reply = {{}, "its answer has more than 64 KB"};
    }
    wipe(result.answer.body);
    co_return answer;
}

/// What follows for it.
void Forwarder::note(const Forward& forward, const ForwardEndpoint& endpoint, const Answer& answer) {
    const TimePoint now = parts_.clock.now();
    // An answer of where the endpoint was before a reload says nothing of where it is now.
    const ForwardEndpoint* const is_now = endpoint_named(endpoint.name);
    if (answer.asked && is_now && is_now->to.url == endpoint.to.url) pace_after(endpoint, answer, now);
    if (answer.acknowledged) {
        results_.told.push_back(forward.id);
        if (endpoint.reply_within > 0ms && forward.message) note_reply(forward, endpoint, answer.reply);
        return;
    }
    if (!answer.asked)
        log::warn("what came in cannot be told",
                  {{"endpoint", endpoint.name}, {"forward", forward.id}, {"reason", answer.reason}});
    std::chrono::milliseconds wait =
        wait_after({endpoint.retry_first, retry_max}, forward.tries + 1, parts_.random.unit());
    if (answer.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *answer.retry_after);
    const bool dead = now >= forward.since + endpoint.expire_after;
    if (dead)
        log::error("an application was not told, and is not tried any more",
                   {{"endpoint", endpoint.name}, {"forward", forward.id}, {"reason", answer.reason}});
    results_.failed.push_back({forward.id, now + wait, answer.reason, dead});
}

/// Its webhook's answer if that still waits, messages of their own if not; of no text, too, the webhook hears.
void Forwarder::note_reply(const Forward& forward, const ForwardEndpoint& endpoint,
                           const ApplicationReply& reply) {
    Pace& pace = paces_[endpoint.name];
    if (!reply.fault.empty() && reply.fault != pace.reply_fault)
        log::warn("what an application replied is not sent",
                  {{"endpoint", endpoint.name}, {"reason", reply.fault}});
    if (!reply.fault.empty() || !reply.texts.empty()) pace.reply_fault = reply.fault;
    ForwardReply noted;
    noted.message_id = forward.message_id;
    noted.webhook_id = forward.webhook_id;
    noted.destination = forward.message->sender;
    noted.channel = text_at(parse_json_object(forward.message->metadata.value_or("")), "message_channel");
    std::size_t characters = 0;
    for (const std::string& text : reply.texts) {
        characters = std::max(characters, count_code_points(text));
        noted.texts.push_back(parts_.privacy.seals_texts() ? parts_.privacy.seal(text) : text);
    }
    noted.in_answer = parts_.replies.claim(forward.message_id, characters);
    results_.replies.push_back(std::move(noted));
}

void Forwarder::pace_after(const ForwardEndpoint& endpoint, const Answer& answer, TimePoint now) {
    Pace& pace = paces_[endpoint.name];
    if (answer.acknowledged) {
        ++pace.told;
        pace.failures = 0;
        pace.trouble.clear();
        if (pace.gone) pace.not_before = TimePoint::min();
        pace.gone = false;
        return;
    }
    ++pace.failures;
    if (answer.reason != pace.trouble)
        log::warn("an application did not take what it was told",
                  {{"endpoint", endpoint.name}, {"reason", answer.reason}});
    pace.trouble = answer.reason;
    pace.gone = pace.gone || answer.gone;
    std::chrono::milliseconds pause{0};
    if (answer.gone) pause = gone_for;
    if (answer.slow_down)
        pause = std::max<std::chrono::milliseconds>(pause, std::max(answer.retry_after.value_or(1s), 1s));
    if (pace.failures >= failures_of_endpoint)
        pause = std::max(pause, wait_after(endpoint_pauses, pace.failures - failures_of_endpoint + 1, 1));
    if (pause > 0ms) pace.not_before = std::max(pace.not_before, now + pause);
}

/// Throws where nothing is known of it: then all of it is to be settled again.
Task<> Forwarder::settle(ForwardResults batch) {
    const std::size_t refused = co_await parts_.store.settle(batch);
    refused_replies_ += refused;
    if (refused > 0) log::error("the database refuses what applications replied", {{"texts", refused}});
    for (ForwardReply& each : batch.replies) {
        if (!each.in_answer || parts_.replies.hand(each.message_id, each.texts) || each.texts.empty())
            continue;
        each.in_answer = false;  // its webhook did not wait for so long
        results_.replies.push_back(std::move(each));
    }
}

/// What has ended while the last were written makes the next to write.
Task<> Forwarder::record() {
    for (;;) {
        while (results_.empty()) co_await ended_.wait();
        ForwardResults batch = std::exchange(results_, {});
        std::exception_ptr failure;
        try {
            co_await settle(batch);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            // What was acknowledged is not told again by this daemon, as long as it lives.
            results_.told.insert(results_.told.end(), batch.told.begin(), batch.told.end());
            results_.failed.insert(results_.failed.end(), batch.failed.begin(), batch.failed.end());
            for (ForwardReply& each : batch.replies) {
                each.in_answer = each.in_answer && parts_.replies.claim(each.message_id, 0);
                results_.replies.push_back(std::move(each));
            }
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            co_await parts_.clock.sleep_until(parts_.clock.now() + again_in);
            continue;
        }
        for (const std::int64_t id : batch.told) telling_.erase(id);
        for (const ForwardResults::Failed& each : batch.failed) telling_.erase(each.id);
        wakeup_.ring();
    }
}

std::vector<Check> Forwarder::checks() const {
    std::vector<Check> checks;
    for (const ForwardEndpoint& each : endpoints_) {
        const auto backlog = backlog_.find(each.name);
        checks.push_back(check_of(each.name, backlog == backlog_.end() ? ForwardBacklog() : backlog->second));
    }
    if (refused_replies_ > 0) {
        Check check{.name = "replies"};
        say<status::replies_refused>(check, refused_replies_);
        checks.push_back(std::move(check));
    }
    for (const auto& [name, backlog] : backlog_) {
        if (endpoint_named(name)) continue;
        Check check{.name = "forward " + name};
        say<status::forward_unknown>(check, backlog.waiting, backlog.dead, name);
        checks.push_back(std::move(check));
    }
    return checks;
}

Check Forwarder::check_of(const std::string& name, const ForwardBacklog& backlog) const {
    Check check{.name = "forward " + name};
    const auto found = paces_.find(name);
    const Pace pace = found == paces_.end() ? Pace() : found->second;
    const TimePoint now = parts_.clock.now();
    const double oldest =
        backlog.waiting == 0 ? 0 : std::max(0.0, std::chrono::duration<double>(now - backlog.oldest).count());
    if (pace.gone) say<status::forward_gone>(check);
    if (backlog.waiting > 0) {
        say<status::forward_counts>(check, backlog.waiting, oldest, pace.told);
    } else {
        say<status::forward_idle>(check, pace.told);
    }
    if (oldest >= std::chrono::duration<double>(waiting_worries).count()) say<status::forward_stuck>(check);
    if (backlog.waiting > 0 && !pace.trouble.empty()) say<status::forward_trouble>(check, pace.trouble);
    if (backlog.dead > 0) say<status::forward_given_up>(check, backlog.dead);
    if (!pace.reply_fault.empty()) say<status::forward_reply_unfit>(check, pace.reply_fault);
    check.measures = {{name + "_waiting", static_cast<double>(backlog.waiting), "", "", ""},
                      {name + "_oldest", oldest, "s", "", ""},
                      {name + "_told", static_cast<double>(pace.told), "c", "", ""},
                      {name + "_dead", static_cast<double>(backlog.dead), "", "", ""}};
    return check;
}

}  // namespace postrider
