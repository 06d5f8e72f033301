#include "lib/dispatch/reconciler.h"

#include "lib/async/deadline.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{10};
constexpr std::chrono::seconds look_again_every{5};  // at each doubt
constexpr std::chrono::milliseconds pause_min{250};  // many that are due within it are one look
constexpr std::chrono::seconds records_max{30};      // for a provider to list its records
/// How far a provider's clock may be from ours, and its records' times from the request's.
constexpr std::chrono::seconds clock_difference_max{60};

/// From when on it means something that a provider's records do not have it.
TimePoint records_count_from(const Doubt& doubt, const Channel& channel) {
    return doubt.over + channel.reconcile_after;
}

bool may_be_of(const ProviderRecord& record, const Doubt& doubt) {
    return record.created >= doubt.attempt.first_sent - clock_difference_max;
}

/// By content, the oldest first.
using Records = std::map<Hash, std::deque<ProviderRecord>>;

/// Texts of which there are fewer records than doubts that may have made them. A daemon that was only
/// frozen may yet say which was its own, as long as one of these doubts cannot be judged.
std::set<Hash> find_disputed(const Records& records, const std::vector<Doubt>& doubts, const Channel& channel,
                             TimePoint asked_at) {
    std::set<Hash> disputed;
    for (const auto& [content, equal] : records) {
        std::size_t makers = 0;
        bool all_judged = true;
        for (const Doubt& doubt : doubts) {
            if (doubt.content_hash != content || !may_be_of(equal.back(), doubt)) continue;
            ++makers;
            all_judged &= asked_at >= records_count_from(doubt, channel);
        }
        if (equal.size() < makers && !all_judged) disputed.insert(content);
    }
    return disputed;
}

}  // namespace

Reconciler::Reconciler(ReconcilerParts parts)
    : parts_(std::move(parts)), wakeup_(parts_.executor), channels_(parts_.executor) {}

Task<> Reconciler::run() { co_await channels_.end_with(look_on()); }

Task<> Reconciler::look_on() {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await take_up();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            log::warn("cannot take up attempts in doubt; trying on", {{"error", describe(failure)}});
        }
        const bool quiet = open_.empty() && !failure;
        const TimePoint now = parts_.clock.now();
        const TimePoint regular = now + (quiet ? look_every : look_again_every);
        co_await wakeup_.wait_until(parts_.clock,
                                    std::min(regular, std::max(next_judgement_, now + pause_min)));
    }
}

/// Each channel is a task of its own: one whose provider hangs keeps no other's doubts open.
Task<> Reconciler::take_up() {
    next_judgement_ = TimePoint::max();  // also if the reading fails: that is no reason to hurry
    Doubts doubts = co_await parts_.outbox.read_doubts(in_hand());
    co_await settle_reported(doubts);
    std::map<AttemptId, Open> before = std::move(open_);
    open_.clear();
    for (const Doubt& doubt : doubts) {
        open_[doubt.attempt.id] = {doubt.since, before[doubt.attempt.id].looked};
        if (const TimePoint then = judgement(doubt); then > parts_.clock.now()) {
            next_judgement_ = std::min(next_judgement_, then);
        }
    }
    std::map<std::string, Doubts> by_channel;
    for (Doubt& doubt : doubts) by_channel[doubt.channel].push_back(std::move(doubt));
    std::erase_if(trouble_, [&](const auto& each) { return !by_channel.contains(each.first); });
    for (auto& [channel, of_channel] : by_channel) {
        if (!busy_.insert(channel).second) continue;  // still at it
        channels_.spawn("doubts of " + channel, resolve_channel(channel, std::move(of_channel)));
    }
}

/// Those of which a delivery report speaks have been accepted: nobody needs to be asked any more.
Task<> Reconciler::settle_reported(Doubts& doubts) {
    if (doubts.empty()) co_return;
    std::vector<AttemptId> ids;
    for (const Doubt& doubt : doubts) ids.push_back(doubt.attempt.id);
    std::map<AttemptId, Outcome> accepted = co_await parts_.outbox.read_reported(std::move(ids));
    for (const Doubt& doubt : doubts) {
        const auto found = accepted.find(doubt.attempt.id);
        if (found == accepted.end()) continue;
        const auto lane = parts_.lanes.find(doubt.channel);
        const Channel channel = lane == parts_.lanes.end() ? Channel() : lane->second->channel();
        co_await conclude(channel, doubt, found->second, Remedy::none);
    }
    std::erase_if(doubts, [&](const Doubt& doubt) { return accepted.contains(doubt.attempt.id); });
}

/// Of whose open attempts it is known here what becomes, or what became.
std::vector<MessageId> Reconciler::in_hand() const {
    std::vector<MessageId> ids = parts_.recorder.waiting().messages;
    for (const Lanes* lanes : {&parts_.lanes, &parts_.retired}) {
        for (const auto& [name, lane] : *lanes) {
            const std::vector<MessageId> more = lane->in_hand();
            ids.insert(ids.end(), more.begin(), more.end());
        }
    }
    return ids;
}

Task<> Reconciler::resolve_channel(std::string channel, Doubts doubts) {
    struct Busy {
        Busy(std::set<std::string>& all, const std::string& name) : channels(all), channel(name) {}
        Busy(const Busy&) = delete;
        Busy& operator=(const Busy&) = delete;
        ~Busy() { channels.erase(channel); }
        std::set<std::string>& channels;
        const std::string& channel;
    };
    const Busy busy(busy_, channel);
    const auto found = parts_.lanes.find(channel);
    // A reload takes it out of there, and lets it live.
    const Lane* const lane = found == parts_.lanes.end() ? nullptr : found->second.get();
    const Channel unknown;
    std::map<Address, Doubts> by_destination;
    for (Doubt& doubt : doubts) {
        const auto opened = parts_.privacy.open(doubt.destination.reveal());
        if (!lane) {
            co_await conclude_unasked(unknown, doubt, "its channel is not configured any more");
        } else if (!opened.value) {
            co_await conclude_unasked(lane->channel(), doubt, "its destination cannot be decrypted");
        } else {
            by_destination[Address(*opened.value)].push_back(std::move(doubt));
        }
    }
    for (auto& [destination, of_destination] : by_destination) {
        if (!begin_look(of_destination)) continue;
        co_await resolve_destination(*lane, destination, std::move(of_destination));
    }
}

/// Whether one of them is worth a look; then all of them are looked into, since records tell equal
/// texts apart by count.
bool Reconciler::begin_look(const Doubts& doubts) {
    if (std::none_of(doubts.begin(), doubts.end(),
                     [this](const Doubt& doubt) { return worth_a_look(doubt); }))
        return false;
    for (const Doubt& doubt : doubts) {
        if (const auto open = open_.find(doubt.attempt.id); open != open_.end()) {
            open->second.looked = parts_.clock.now();
        }
    }
    return true;
}

/// Each new doubt wakes us: that must not make us ask for the records of all the others.
bool Reconciler::worth_a_look(const Doubt& doubt) const {
    const auto open = open_.find(doubt.attempt.id);
    if (open == open_.end()) return false;  // it is over
    const TimePoint looked = open->second.looked;
    const TimePoint now = parts_.clock.now();
    if (looked == TimePoint::min() || now >= looked + look_again_every) return true;
    const TimePoint then = judgement(doubt);
    return looked < then && then <= now;
}

Task<> Reconciler::resolve_destination(const Lane& lane, Address destination, Doubts doubts) {
    const auto transport = lane.transport();  // a reload may replace the lane's meanwhile
    const Channel channel = lane.channel();
    if (const auto window = transport->idempotency_window(); window > std::chrono::seconds{0}) {
        for (const Doubt& doubt : doubts) {
            const bool recognised = parts_.clock.now() < doubt.attempt.first_sent + window - key_margin;
            if (may_still_leave(doubt)) {
                if (!recognised) continue;
                // What repeats it keeps its place. Without that, later ones would pass it on its way.
                const bool goes_again = co_await still_due(doubt);
                if (!goes_again) continue;
            }
            co_await conclude(channel, doubt, Outcome::failed(Verdict::in_doubt, doubt.reason),
                              recognised ? Remedy::repeat_key : Remedy::none);
        }
        co_return;
    }
    if (!transport->keeps_records()) {
        for (const Doubt& doubt : doubts) {
            if (may_still_leave(doubt)) continue;
            co_await conclude(
                channel, doubt,
                Outcome::failed(Verdict::in_doubt, doubt.reason + "; the provider cannot be asked"),
                Remedy::none);
        }
        co_return;
    }
    const TimePoint asked_at = parts_.clock.now();
    auto records = co_await ask_provider(lane, destination, doubts);
    if (records) {
        co_await match(lane, destination, std::move(*records), std::move(doubts), asked_at);
        co_return;
    }
    for (const Doubt& doubt : doubts) {
        co_await conclude_unasked(channel, doubt,
                                  "the provider's records could not be had: " + trouble_[channel.name]);
    }
}

/// Whether the request may yet reach its provider. What comes after it in its conversation, or it
/// itself once more, must not come before it.
/// Whether its message would be tried again at once: nobody has deleted, postponed, held or ended it.
Task<bool> Reconciler::still_due(const Doubt& doubt) {
    std::vector<MessageId> ids(1, doubt.message.id);
    const std::vector<OutgoingMessage> rows = co_await parts_.outbox.read(std::move(ids));
    co_return !rows.empty() && rows.front().key.send_date <= parts_.clock.now();
}

bool Reconciler::may_still_leave(const Doubt& doubt) const { return parts_.clock.now() < doubt.over; }

/// From when on something may come of a doubt of which no record shows.
TimePoint Reconciler::judgement(const Doubt& doubt) const {
    const auto lane = parts_.lanes.find(doubt.channel);
    if (lane == parts_.lanes.end() || !lane->second->transport()->keeps_records()) return doubt.over;
    return records_count_from(doubt, lane->second->channel());
}

/// Nothing if they cannot be had now; `trouble_` says why.
Task<std::optional<std::vector<ProviderRecord>>> Reconciler::ask_provider(const Lane& lane,
                                                                          const Address& destination,
                                                                          const Doubts& doubts) {
    RecordQuery query;
    query.destination = destination;
    query.from = doubts.front().attempt.first_sent - clock_difference_max;
    query.to = doubts.front().over;
    for (const Doubt& doubt : doubts) {
        query.from = std::min(query.from, doubt.attempt.first_sent - clock_difference_max);
        query.to = std::max(query.to, doubt.over);
    }
    query.to += clock_difference_max;
    const auto transport = lane.transport();
    std::optional<std::vector<ProviderRecord>> records;
    std::exception_ptr failure;
    try {
        records = co_await within(parts_.clock, records_max, transport->records(std::move(query)));
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (failure && state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
    const std::string& channel = lane.channel().name;
    if (records) {
        trouble_.erase(channel);
        co_return records;
    }
    std::string trouble = failure ? describe(failure) : "no answer in time";
    if (trouble != trouble_[channel]) {
        log::warn("a provider's records cannot be had; asking again",
                  {{"channel", channel}, {"error", trouble}});
    }
    trouble_[channel] = std::move(trouble);
    co_return std::nullopt;
}

/// Which of the doubts to one destination the provider has accepted. Records of other messages do
/// not count; equal texts are told apart by count, in the order in which they were sent.
Task<> Reconciler::match(const Lane& lane, const Address& destination, std::vector<ProviderRecord> records,
                         Doubts doubts, TimePoint asked_at) {
    const Channel channel = lane.channel();
    std::vector<std::string> ids;
    TimePoint since = doubts.front().attempt.first_sent;
    for (const ProviderRecord& record : records) ids.push_back(record.provider_id);
    for (const Doubt& doubt : doubts) since = std::min(since, doubt.attempt.first_sent);
    // Looked at first: what is recorded meanwhile is in the one or in the other.
    const std::set<std::string> not_recorded_yet = parts_.recorder.waiting().provider_ids;
    const Evidence evidence =
        co_await parts_.outbox.read_evidence(std::move(ids), since - 2 * clock_difference_max);
    // The journal's hashes may be under older keys: compared is by those under the newest.
    std::map<Hash, Hash> newest;
    Records unclaimed;
    for (ProviderRecord& record : records) {
        if (evidence.recorded_ids.contains(record.provider_id)) continue;
        if (not_recorded_yet.contains(record.provider_id)) continue;
        const std::vector<Hash> contents = parts_.privacy.contents(destination, record.text);
        for (const Hash& content : contents) newest[content] = contents.front();
        unclaimed[contents.front()].push_back(std::move(record));
    }
    const auto renewed = [&](const Hash& content) {
        const auto found = newest.find(content);
        return found == newest.end() ? content : found->second;
    };
    for (Doubt& doubt : doubts) doubt.content_hash = renewed(doubt.content_hash);
    std::set<Hash> in_flight;
    for (const Hash& content : evidence.contents_in_flight) in_flight.insert(renewed(content));
    const std::set<Hash> disputed = find_disputed(unclaimed, doubts, channel, asked_at);
    for (const Doubt& doubt : doubts) {
        std::deque<ProviderRecord>& candidates = unclaimed[doubt.content_hash];
        while (!candidates.empty() && !may_be_of(candidates.front(), doubt)) candidates.pop_front();
        if (!candidates.empty()) {
            // An equal request is under way: the record may be its. It will be known which.
            if (in_flight.contains(doubt.content_hash)) continue;
            if (disputed.contains(doubt.content_hash)) continue;
            ProviderRecord record = std::move(candidates.front());
            candidates.pop_front();
            co_await conclude(channel, doubt, Outcome::sent(record.provider_id, std::move(record.metadata)),
                              Remedy::none);
        } else if (asked_at >= records_count_from(doubt, channel)) {
            co_await conclude(
                channel, doubt,
                Outcome::failed(Verdict::deferred, doubt.reason + "; the provider has no record of it"),
                Remedy::none);
        }
    }
}

/// The provider could not be asked. That may pass; a message that would have expired by now, though,
/// is left to `on_doubt`.
Task<> Reconciler::conclude_unasked(const Channel& channel, const Doubt& doubt, std::string why) {
    if (parts_.clock.now() < doubt.since + channel.expire_after) co_return;
    co_await conclude(channel, doubt, Outcome::failed(Verdict::in_doubt, doubt.reason + "; " + why),
                      Remedy::none);
}

Task<> Reconciler::conclude(const Channel& channel, const Doubt& doubt, Outcome outcome, Remedy remedy) {
    const TimePoint now = parts_.clock.now();
    Attempted attempted;
    attempted.failed_before = doubt.failed_attempts;
    attempted.last_part = doubt.part == doubt.parts;
    attempted.remedy = remedy;
    FollowUp next = follow_up(outcome, channel, attempted, parts_.backoff, parts_.random.unit());
    // The wait counts from the failure, not from when it became known what to make of it.
    next.retry_in -= std::chrono::floor<std::chrono::milliseconds>(now - doubt.since);
    next.retry_in = std::max(next.retry_in, std::chrono::milliseconds{0});
    log::warn("a doubt is over", {{"message", doubt.message.id},
                                  {"attempt", doubt.attempt.id},
                                  {"channel", doubt.channel},
                                  {"outcome", to_string(outcome.verdict)},
                                  {"reason", outcome.reason}});
    std::vector<AttemptResult> results;
    results.push_back(make_result(doubt.attempt.id, doubt.message.id, std::move(outcome), next, now));
    co_await parts_.recorder.record(std::move(results));
    open_.erase(doubt.attempt.id);
}

Check Reconciler::check() const {
    Check check{.name = "in doubt"};
    TimePoint oldest = TimePoint::max();
    for (const auto& [attempt, open] : open_) oldest = std::min(oldest, open.since);
    if (open_.empty()) {
        say<status::doubt_none>(check);
    } else {
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.now() - oldest);
        say<status::doubt_open>(check, open_.size(), age.count());
        for (const auto& [channel, trouble] : trouble_)
            say<status::doubt_no_records>(check, channel, trouble);
    }
    check.measures = {{"in_doubt", static_cast<double>(open_.size()), "", "", ""}};
    return check;
}

}  // namespace postrider
