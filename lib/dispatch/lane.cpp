#include "lib/dispatch/lane.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace postrider {

namespace {

constexpr std::chrono::seconds withdraw_max{2};  // for claims to be taken back at the end

constexpr std::size_t looks_max = 500;  // messages that are read again at a time
/// Claims under way. Calls that end meanwhile make a larger next claim: else each would claim its successor
/// alone, a commit for each message. More than one, so that the next batch is claimed while one is sent.
constexpr std::size_t claims_max = 2;
const std::vector<Media> no_media;

}  // namespace

Lane::Lane(Channel channel, std::shared_ptr<Transport> transport, LaneParts parts, LaneLimits limits)
    : channel_(std::move(channel)),
      transport_(std::move(transport)),
      parts_(std::move(parts)),
      limits_(limits),
      window_(limits.window),
      gate_(channel_.name, limits.backoff, limits.breaker),
      meter_(parts_.metrics ? &parts_.metrics->channel(channel_.name) : nullptr),
      tasks_(parts_.executor),
      wakeup_(parts_.executor) {
    on_shards_changed();
}

Task<> Lane::run() {
    for (;;) {
        start_ready();
        if (const auto next = next_look()) {
            co_await wakeup_.wait_until(parts_.clock, *next);
        } else {
            co_await wakeup_.wait();
        }
    }
}

Task<std::size_t> Lane::drain(std::chrono::milliseconds grace) {
    const bool ended = co_await ends_within(parts_.clock, grace, tasks_.join());
    const std::size_t cut = ended ? 0 : window_.taken().size();
    // What is cut off may have a claim to take back first; a database that is away has its time too.
    do {
        tasks_.cancel();
    } while (!co_await ends_within(parts_.clock, withdraw_max, tasks_.join()));
    drained_ = true;
    co_return cut;
}

void Lane::reconfigure(Channel channel, std::shared_ptr<Transport> transport) {
    channel_ = std::move(channel);
    transport_ = std::move(transport);
    gate_.reset();
    on_shards_changed();
}

void Lane::suspend(std::optional<Suspension> suspension) {
    suspension_ = std::move(suspension);
    wakeup_.ring();
}

void Lane::on_shards_changed() {
    let_go(window_.drop_if([this](MessageKey, int shard) { return !parts_.membership.has(shard); }));
    pace_.set(channel_, parts_.membership.share(), parts_.shared_rates);
    gate_.set_calls_max(parts_.membership.part_of(channel_.concurrency));
    wakeup_.ring();
}

bool Lane::in_flight(int shard) const {
    return std::any_of(window_.taken().begin(), window_.taken().end(),
                       [shard](const auto& taken) { return taken.second.shard == shard; });
}

/// How many provider calls may start, as far as those in flight leave room.
std::size_t Lane::room() const {
    const std::size_t calls = gate_.calls_max();
    return calls > calls_in_flight_ ? calls - calls_in_flight_ : 0;
}

void Lane::start_ready() {
    const TimePoint now = parts_.clock.now();
    if (suspended() || gate_.closed_until(now)) return;
    while (const std::size_t calls = claims_ < claims_max ? room() : 0) {
        const std::size_t per_call = gate_.probing() ? 1 : transport_->batch_max();
        auto ready = take_ready(std::min(calls * per_call, limits_.claim_max));
        if (ready.empty()) return;
        // What may wait for somebody waits by itself, a call each, and is no reason to claim nothing else meanwhile.
        const auto slow = std::stable_partition(ready.begin(), ready.end(), [this](const Waiting& each) {
            return !parts_.preparer.may_take_long(each);
        });
        for (auto it = slow; it != ready.end();) {
            const auto call = std::min(per_call, static_cast<std::size_t>(ready.end() - it));
            const auto end = it + static_cast<std::ptrdiff_t>(call);
            begin({std::make_move_iterator(it), std::make_move_iterator(end)}, per_call, nullptr);
            it = end;
        }
        ready.erase(slow, ready.end());
        if (!ready.empty())
            begin(std::move(ready), per_call, std::make_shared<CallSlots>(claims_, wakeup_, 1));
    }
}

void Lane::begin(std::vector<Waiting> ready, std::size_t per_call, std::shared_ptr<CallSlots> claiming) {
    auto slots =
        std::make_shared<CallSlots>(calls_in_flight_, wakeup_, (ready.size() + per_call - 1) / per_call);
    tasks_.spawn("lane " + channel_.name, process(std::move(ready), std::move(slots), std::move(claiming)));
}

/// Up to when messages can be taken now; nullopt: none can. Those that are due before those ahead of their
/// moment, and of these only the ones of the next moment: what is taken together leaves together.
std::optional<TimePoint> Lane::next_moment(TimePoint now) const {
    const auto next = window_.next_at();
    if (!next || *next > now + limits_.claim_ahead) return std::nullopt;
    return std::max(*next, now);
}

std::vector<Waiting> Lane::take_ready(std::size_t room) {
    const TimePoint now = parts_.clock.now();
    const auto moment = next_moment(now);
    if (!moment) return {};
    std::vector<Waiting> ready;
    std::vector<Waiting> open;
    while (ready.size() < room && looks_ + open.size() < looks_max) {
        if (pace_.next_at(*moment) > *moment) break;
        auto waiting = window_.take(*moment);
        if (!waiting) break;
        if (waiting->message.attempt_open || waiting->parked) {
            open.push_back(std::move(*waiting));
            continue;
        }
        if (const TimePoint at = pace_.next_to(*waiting, *moment); at > *moment) {
            waiting->not_before = at;
            waiting->parked = at > now + limits_.park_from;
            window_.put_back(std::move(*waiting));
            continue;
        }
        pace_.spend(*waiting, *moment);
        ready.push_back(std::move(*waiting));
    }
    // They keep their places in their conversations until it is known what came of them.
    if (!open.empty()) tasks_.spawn("look " + channel_.name, look_at(std::move(open)));
    return ready;
}

std::optional<TimePoint> Lane::next_look() {
    auto next = window_.next_at();
    // Whoever makes room rings.
    if (!next || room() == 0 || looks_ >= looks_max || claims_ >= claims_max) return std::nullopt;
    if (suspended()) return suspension_->until;  // or whoever takes it back
    const TimePoint now = parts_.clock.now();
    if (const auto moment = next_moment(now)) {
        const TimePoint paced = pace_.next_at(*moment);
        next = paced > *moment ? paced : now;
    } else {
        next = *next - limits_.claim_ahead;
    }
    if (const auto closed = gate_.closed_until(now)) next = std::max(*next, *closed);
    return next;
}

Task<> Lane::process(std::vector<Waiting> ready, std::shared_ptr<CallSlots> slots,
                     std::shared_ptr<CallSlots> claiming) {
    const std::uint64_t generation = generation_;
    const std::uint64_t life = parts_.membership.life();
    // A reload may replace the lane's while a message is prepared.
    const auto transport = transport_;
    const Channel channel = channel_;
    std::exception_ptr failure;
    std::map<MessageId, std::vector<Media>> media;
    try {
        media = co_await read_media(ready);
    } catch (...) {
        failure = std::current_exception();
    }
    TimePoint moment = parts_.clock.now();  // of them all
    Batch batch;
    batch.reserve(ready.size());
    for (Waiting& waiting : ready) {
        moment = std::max(moment, waiting.not_before);
        if (failure) {  // the database's: they are asked for again, unprepared
            if (waiting.idempotency_key.empty()) waiting.idempotency_key = parts_.random.uuid();
            batch.emplace_back().waiting = std::move(waiting);
            continue;
        }
        const auto of_message = media.find(waiting.message.key.id);
        Prepared prepared =
            co_await parts_.preparer.prepare(std::move(waiting), channel, *transport, parts_.clock.now(),
                                             of_message == media.end() ? no_media : of_message->second);
        if (prepared.later) {
            const TimePoint now = parts_.clock.now();
            pace_.give_back(prepared.waiting, now, 1);
            prepared.waiting.not_before = now + limits_.database_wait;
            log::warn("media cannot be read now; trying on",
                      {{"channel", channel_.name}, {"message", prepared.waiting.message.key.id}});
            ask_again(std::move(prepared.waiting), generation);
            continue;
        }
        std::string& key = prepared.waiting.idempotency_key;
        if (key.empty()) key = parts_.random.uuid();
        pace_.set_cost(parts_.clock.now(), prepared.cost);
        batch.push_back(std::move(prepared));
    }
    if (batch.empty()) co_return;
    std::vector<Claim> claims;
    try {
        if (!failure) claims = co_await claim(batch, moment);
    } catch (...) {
        failure = std::current_exception();
    }
    claiming.reset();
    if (failure) {  // asked again with the same keys, so that a claim whose answer was lost is ours
        const TimePoint now = parts_.clock.now();
        const TimePoint later = now + limits_.database_wait;
        for (Prepared& prepared : batch) {
            pace_.give_back(prepared.waiting, now, prepared.cost);
            prepared.waiting.not_before = std::max(prepared.waiting.not_before, later);
            prepared.waiting.asked = true;
            ask_again(std::move(prepared.waiting), generation);
        }
        log::warn("cannot claim; trying again", {{"channel", channel_.name}, {"error", describe(failure)}});
        if (was_cancelled(failure)) std::rethrow_exception(failure);
        co_return;
    }

    std::unordered_map<MessageId, AttemptKey> granted;
    for (Claim& each : claims) granted.emplace(each.message_id, std::move(each.attempt));
    Batch foregone;
    Batch to_send;
    to_send.reserve(batch.size());
    std::vector<Waiting> unclaimed;
    for (Prepared& prepared : batch) {
        const auto found = granted.find(prepared.waiting.message.key.id);
        const bool goes = found != granted.end() && !prepared.foregone;
        if (!goes) pace_.give_back(prepared.waiting, parts_.clock.now(), prepared.cost);
        if (found == granted.end()) {
            unclaimed.push_back(std::move(prepared.waiting));
            continue;
        }
        prepared.request.attempt = found->second;
        (prepared.foregone ? foregone : to_send).push_back(std::move(prepared));
    }

    if (!unclaimed.empty())
        tasks_.spawn("unclaimed " + channel_.name, settle_unclaimed(std::move(unclaimed), generation));
    if (!foregone.empty()) tasks_.spawn("foregone " + channel_.name, settle_foregone(std::move(foregone)));
    if (to_send.empty()) co_return;
    measure_claimed(to_send);
    if (moment > parts_.clock.now()) co_await parts_.clock.sleep_until(moment);

    // Each call is a task of its own: none waits for another.
    const std::size_t per_call = transport_->batch_max();
    std::vector<Batch> calls;
    for (std::size_t i = 0; i < to_send.size(); i += per_call) {
        const auto begin = to_send.begin() + static_cast<std::ptrdiff_t>(i);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(per_call, to_send.size() - i));
        calls.emplace_back(std::make_move_iterator(begin), std::make_move_iterator(end));
    }
    slots->keep(calls.size());
    for (std::size_t i = 1; i < calls.size(); ++i) {
        slots->keep(slots->calls() - 1);
        auto slot = std::make_shared<CallSlots>(calls_in_flight_, wakeup_, 1);
        tasks_.spawn("send " + channel_.name, send(std::move(calls[i]), std::move(slot), life));
    }
    co_await send(std::move(calls[0]), std::move(slots), life);
}

/// Few have any.
Task<std::map<MessageId, std::vector<Media>>> Lane::read_media(const std::vector<Waiting>& ready) {
    std::vector<MessageId> ids;
    for (const Waiting& waiting : ready) {
        if (waiting.message.media_count > 0) ids.push_back(waiting.message.key.id);
    }
    if (ids.empty()) co_return std::map<MessageId, std::vector<Media>>();
    co_return co_await parts_.outbox.read_media(std::move(ids));
}

Task<std::vector<Claim>> Lane::claim(const Batch& batch, TimePoint moment) {
    std::vector<ClaimRequest> requests;
    requests.reserve(batch.size());
    for (const Prepared& prepared : batch) {
        const Waiting& waiting = prepared.waiting;
        ClaimRequest request;
        request.message_id = waiting.message.key.id;
        request.row_version = waiting.message.row_version;
        request.media_count = waiting.message.media_count;
        request.channel = channel_.name;
        request.shard = waiting.shard;
        request.conversation = waiting.conversation;
        request.content_hash = prepared.content_hash;
        request.destination = prepared.journal_destination;
        request.idempotency_key = waiting.idempotency_key;
        request.first_sent = prepared.first_sent;
        request.last_attempt = waiting.message.last_attempt;
        request.part = prepared.request.part;
        request.parts = prepared.request.parts;
        request.recipient = prepared.recipient;
        if (waiting.message.journaled_end) request.known_end = waiting.message.journaled_end->attempt_id;
        requests.push_back(std::move(request));
    }
    const TimePoint now = parts_.clock.now();
    const ClaimTimes times{now, std::max(now, moment), now - channel_.order_hold};
    co_return co_await parts_.outbox.claim(std::move(requests), times);
}

Task<> Lane::look_at(std::vector<Waiting> open) {
    const CallSlots looks(looks_, wakeup_, open.size());
    co_await settle_unclaimed(std::move(open), generation_);
}

/// Somebody edited, postponed, deleted or locked these rows between preparing and claiming: whatever
/// they say now holds. Parked ones are as good as unread; those behind them are read with them.
Task<> Lane::settle_unclaimed(std::vector<Waiting> unclaimed, std::uint64_t generation) {
    std::vector<MessageId> ids;
    std::vector<std::string> lost;
    std::vector<Waiting> behind;
    const std::size_t behind_each = looks_max / (unclaimed.size() + 1);
    for (const Waiting& waiting : unclaimed) {
        ids.push_back(waiting.message.key.id);
        for (Waiting& next : parked_behind(waiting, behind_each)) {
            ids.push_back(next.message.key.id);
            behind.push_back(std::move(next));
        }
        if (waiting.asked) lost.push_back(waiting.idempotency_key);
    }
    std::vector<OutgoingMessage> rows;
    std::exception_ptr failure;
    try {
        if (!lost.empty()) co_await parts_.outbox.withdraw(std::move(lost));
        rows = co_await parts_.outbox.read(std::move(ids));
    } catch (...) {
        failure = std::current_exception();
    }
    std::unordered_map<MessageId, OutgoingMessage*> row_of;
    for (OutgoingMessage& row : rows) row_of.emplace(row.key.id, &row);
    const TimePoint now = parts_.clock.now();
    for (Waiting& waiting : unclaimed) {
        if (failure) {
            waiting.not_before = now + limits_.database_wait;
            ask_again(std::move(waiting), generation);
            continue;
        }
        const auto found = row_of.find(waiting.message.key.id);
        let_free(waiting);
        if (found == row_of.end()) continue;
        OutgoingMessage* const row = found->second;
        const bool unchanged = row->row_version == waiting.message.row_version &&
                               row->attempt_open == waiting.message.attempt_open;
        const auto wait = row->attempt_open              ? limits_.open_wait
                          : unchanged && !waiting.parked ? limits_.locked_wait
                                                         : std::chrono::milliseconds{0};
        parts_.readmit(std::move(*row), waiting.first_seen, now + wait);
    }
    if (failure) std::rethrow_exception(failure);
    for (const Waiting& waiting : behind) {
        const auto found = row_of.find(waiting.message.key.id);
        if (found != row_of.end() && window_.holds(*found->second))
            parts_.readmit(std::move(*found->second), waiting.first_seen, TimePoint::min());
    }
}

std::vector<Waiting> Lane::parked_behind(const Waiting& waiting, std::size_t limit) const {
    return waiting.parked ? window_.next_parked(waiting.conversation, limit) : std::vector<Waiting>{};
}

/// With the same key, so that a claim whose answer was lost is ours. Unless it has become somebody
/// else's business meanwhile: a peer's, or that of new settings.
void Lane::ask_again(Waiting waiting, std::uint64_t generation) {
    if (generation == generation_ && parts_.membership.has(waiting.shard)) {
        window_.put_back(std::move(waiting));
        wakeup_.ring();
        return;
    }
    const MessageKey key = waiting.message.key;
    let_free(waiting);
    // Who has read on while it was under way did not find it missing: nothing behind it may leave now.
    auto dropped = window_.drop_if([key](MessageKey other, int) { return other > key; });
    missed_.forget();
    miss_from(key, true);
    dropped.push_back(std::move(waiting));
    let_go(std::move(dropped));
    parts_.on_room();
}

}  // namespace postrider
