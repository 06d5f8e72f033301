#include "lib/dispatch/admission.h"

#include "lib/dispatch/membership_store.h"
#include "lib/dispatch/time_verdict.h"
#include "lib/health/status_messages.h"
#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"

#include <algorithm>
#include <charconv>

namespace postrider {

namespace {

/// What the application said of its use to the recipient. Asked of the raw text first: few have it.
std::optional<std::string> read_expires_at(const std::optional<std::string>& metadata) {
    if (!metadata || metadata->find("expires_at") == std::string::npos) return std::nullopt;
    const auto object = JsonObjectText::read(*metadata);
    if (!object || !object->find("expires_at")) return std::nullopt;
    return object->find_string("expires_at").value_or("");
}

/// How urgent the application says that it is.
int read_priority(const std::optional<std::string>& metadata) {
    if (!metadata || metadata->find("priority") == std::string::npos) return 0;
    const auto object = JsonObjectText::read(*metadata);
    const auto value = object ? object->find("priority") : std::nullopt;
    int priority = 0;
    if (!value) return 0;
    const auto read = std::from_chars(value->data(), value->data() + value->size(), priority);
    const bool whole = read.ec == std::errc() && read.ptr == value->data() + value->size();
    return whole ? std::clamp(priority, -priority_max, priority_max) : 0;
}

template <const StatusMessage& message>
LeftAlone left_for() {
    return {words<message>(), message.health == Health::ok};
}

LeftAlone unreadable(Privacy::Opened::Failure failure) {
    return failure == Privacy::Opened::Failure::no_key ? left_for<status::left_no_key>()
                                                       : left_for<status::left_wrong_key>();
}

}  // namespace

Admission::Admission(AdmissionRules rules, Privacy& privacy)
    : rules_(std::move(rules)), routing_(rules_.routes), privacy_(privacy) {}

void Admission::set_rules(AdmissionRules rules) {
    routing_ = Routing(rules.routes);
    rules_ = std::move(rules);
}

const Channel* Admission::channel_named(const std::string& name) const {
    for (const Channel& channel : rules_.channels) {
        if (channel.name == name) return &channel;
    }
    return nullptr;
}

const Channel* Admission::choose_channel(const OutgoingMessage& row) const {
    // The order of the Django package: the channel that the message names, the default, the first.
    if (row.transmission_metadata) {
        const auto metadata = JsonObjectText::read(*row.transmission_metadata);
        const auto name = metadata ? metadata->find_string("message_channel") : std::nullopt;
        const Channel* const named = name ? channel_named(*name) : nullptr;
        if (named) return named;
    }
    const Channel* first = nullptr;
    for (const Channel& channel : rules_.channels) {
        if (channel.not_served && channel.not_served->only_by_name) continue;
        if (channel.is_default) return &channel;
        if (!first) first = &channel;
    }
    return first;
}

std::variant<Placed, LeftAlone> Admission::place(const OutgoingMessage& row) const {
    if (rules_.channels.empty()) return left_for<status::left_no_channel>();

    Placed placed;
    auto text = privacy_.open(row.text.reveal());
    auto destination = privacy_.open(row.destination.reveal());
    for (auto failure : {text.failure, destination.failure}) {
        if (failure == Privacy::Opened::Failure::none) continue;
        if (failure == Privacy::Opened::Failure::no_key || !privacy_.key_proved()) return unreadable(failure);
        placed.refusal = "encrypted, but damaged or under another key: it cannot be read";
    }
    placed.destination = Address(
        std::string(without_outer_space(destination.value ? *destination.value : row.destination.reveal())));
    placed.old_key = destination.old_key;
    const auto* const rule = routing_.first_match(
        destination.value ? std::optional<std::string_view>(placed.destination.reveal()) : std::nullopt,
        text.value);
    for (auto* value : {&text.value, &destination.value}) {
        if (*value) wipe(**value);
    }
    if (rule && rule->channel.empty()) return LeftAlone{rule->left_reason, true};
    const Channel* channel = rule ? channel_named(rule->channel) : choose_channel(row);
    if (!channel)
        return rule ? left_for<status::left_unknown_route>() : left_for<status::left_none_enabled>();
    if (row.media_count > 0) {
        const auto hold = rules_.media_holds.find(channel->name);
        if (hold != rules_.media_holds.end()) return LeftAlone{hold->second, false};
    }
    if (channel->not_served) return LeftAlone{channel->not_served->reason, channel->not_served->expected};

    if (rules_.only_to && !rules_.only_to->contains(placed.destination)) {
        return left_for<status::left_only_to>();
    }
    placed.channel = channel;
    return placed;
}

std::variant<Admitted, LeftAlone> Admission::admit(OutgoingMessage row, TimePoint first_seen, TimePoint now) {
    auto decided = place(row);
    if (auto* left = std::get_if<LeftAlone>(&decided)) return std::move(*left);
    Placed& placed = std::get<Placed>(decided);
    const Channel* const channel = placed.channel;
    Waiting waiting;
    waiting.destination = std::move(placed.destination);
    waiting.old_key = placed.old_key;
    waiting.refusal = std::move(placed.refusal);
    // Where order does not matter, each message is a conversation of its own. Its daemon is that of
    // all messages to this destination: equal texts can only be told apart in one place.
    // However the number is spelled, it is one recipient.
    const Address plain(without_spelling(waiting.destination.reveal(), rules_.phone_region));
    const Hash to = privacy_.hash()("conversation:" + channel->name, addressed(*channel, plain).reveal());
    waiting.conversation =
        channel->ordering == Ordering::none ? privacy_.hash()("message", std::to_string(row.key.id)) : to;
    waiting.recipient = to;
    waiting.shard = to[0] % shards_max;
    waiting.first_seen = first_seen;
    waiting.priority = read_priority(row.transmission_metadata);

    if (const auto expires_at = read_expires_at(row.transmission_metadata)) {
        waiting.expires_at = parse_iso_time(*expires_at);
        if (!waiting.expires_at)
            waiting.refusal = "expires_at in its metadata is no time like 2026-01-31T09:00:00Z";
    }

    // What has been in doubt for long holds back its conversation no more.
    if (row.doubt_since && *row.doubt_since + channel->order_hold <= now) {
        return left_for<status::left_in_doubt>();
    }
    const TimeVerdict verdict = judge_time({.send_date = row.key.send_date,
                                            .first_seen = first_seen,
                                            .settle = rules_.settle,
                                            .ready = row.ready,
                                            .failed_attempts = row.failed_attempts,
                                            .retry_at = row.retry_at,
                                            .expire_after = channel->expire_after,
                                            .attempts_max = channel->max_attempts,
                                            .retried = row.retried,
                                            .expires_at = waiting.expires_at},
                                           now);
    waiting.not_before = verdict.not_before;
    waiting.reason = verdict.reason;
    if (verdict.kind == TimeVerdict::Kind::give_up) waiting.refusal = verdict.reason;
    waiting.message = std::move(row);
    return Admitted{channel->name, std::move(waiting)};
}

}  // namespace postrider
