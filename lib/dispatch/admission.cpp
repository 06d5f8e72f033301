#include "lib/dispatch/admission.h"

#include "lib/dispatch/membership_store.h"
#include "lib/dispatch/time_verdict.h"
#include "lib/text/json_object.h"

#include <algorithm>

namespace postrider {

namespace {

std::string trimmed(const std::string& text) {
    constexpr std::string_view white_space = " \t\r\n\f\v";
    const auto begin = text.find_first_not_of(white_space);
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

ConversationId conversation_of(const Channel& channel, const Address& destination, MessageId id,
                               const KeyedHash& hash) {
    if (channel.ordering == Ordering::none) return hash("message", std::to_string(id));
    return hash("conversation:" + channel.name, destination.reveal());
}

LeftAlone unreadable(Privacy::Opened::Failure failure) {
    return failure == Privacy::Opened::Failure::no_key
               ? LeftAlone{"encrypted, and no encryption.secret_key is configured", false}
               : LeftAlone{"encrypted, and encryption.secret_key opens none of them: is it the right key?",
                           false};
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
    for (const Channel& channel : rules_.channels) {
        if (channel.is_default) return &channel;
    }
    return rules_.channels.empty() ? nullptr : &rules_.channels.front();
}

std::variant<Admitted, LeftAlone> Admission::admit(OutgoingMessage row, TimePoint first_seen, TimePoint now) {
    if (row.attempt_open) return LeftAlone{"an attempt of another daemon is open", true};
    if (rules_.channels.empty()) return LeftAlone{"no channel is configured", false};

    Waiting waiting;
    auto text = privacy_.open(row.text.reveal());
    auto destination = privacy_.open(row.destination.reveal());
    for (auto failure : {text.failure, destination.failure}) {
        if (failure == Privacy::Opened::Failure::none) continue;
        if (failure == Privacy::Opened::Failure::no_key || !privacy_.key_proved()) return unreadable(failure);
        waiting.refusal = "encrypted, but damaged or under another key: it cannot be read";
    }
    waiting.destination = Address(trimmed(destination.value.value_or(row.destination.reveal())));
    const auto* const rule = routing_.first_match(
        destination.value ? std::optional<std::string_view>(waiting.destination.reveal()) : std::nullopt,
        text.value);
    for (auto* value : {&text.value, &destination.value}) {
        if (*value) wipe(**value);
    }
    if (rule && rule->channel.empty()) return LeftAlone{rule->left_reason, true};
    const Channel* channel = rule ? channel_named(rule->channel) : choose_channel(row);
    if (!channel) return LeftAlone{"a route names a channel that is not configured", false};

    if (rules_.only_to && !rules_.only_to->contains(waiting.destination)) {
        return LeftAlone{"delivery: only, and not one of only_to", true};
    }
    waiting.conversation = conversation_of(*channel, waiting.destination, row.key.id, privacy_.hash());
    waiting.shard = waiting.conversation[0] % shards_max;
    waiting.first_seen = first_seen;

    const TimeVerdict verdict = judge_time({.send_date = row.key.send_date,
                                            .first_seen = first_seen,
                                            .settle = rules_.settle,
                                            .ready = row.ready,
                                            .failed_attempts = row.failed_attempts,
                                            .retry_at = row.retry_at,
                                            .expire_after = channel->expire_after,
                                            .attempts_max = channel->max_attempts},
                                           now);
    waiting.not_before = verdict.not_before;
    waiting.reason = verdict.reason;
    if (verdict.kind == TimeVerdict::Kind::give_up) waiting.refusal = verdict.reason;
    waiting.message = std::move(row);
    return Admitted{channel->name, std::move(waiting)};
}

}  // namespace postrider
