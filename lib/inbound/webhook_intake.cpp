#include "lib/inbound/webhook_intake.h"

#include "lib/dispatch/suppression_list.h"
#include "lib/health/status_messages.h"
#include "lib/inbound/opt_out.h"
#include "lib/log/log.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider {

namespace {

constexpr std::size_t address_max = 256;  // characters of the site's columns
constexpr std::size_t media_url_max = 1024;
constexpr std::size_t media_type_max = 128;
constexpr std::size_t media_file_max = 100;
constexpr std::size_t event_key_max = 256;
constexpr std::chrono::hours refusal_worries{1};
constexpr int retry_after_s = 30;  // as long as Event Grid waits after a 503, at least

// What a webhook brings, as metrics have it.
constexpr std::string_view of_message = "message";
constexpr std::string_view of_report = "report";
constexpr std::string_view of_unknown = "unknown";

/// What became of the entry at a place, if anything is known of those that it came with.
std::string_view result_of(const std::optional<std::vector<KeptEntry>>& kept, std::size_t at) {
    if (!kept || at >= kept->size()) return "put_off";
    if ((*kept)[at].spooled) return "spooled";
    return (*kept)[at].is_new ? "stored" : "duplicate";
}

ServerAnswer plain(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

class PrivacySealer final : public Sealer {
public:
    explicit PrivacySealer(const Privacy& privacy) : privacy_(privacy) {}
    std::string address(const std::string& clear) const override { return privacy_.seal(clear); }
    std::string text(const std::string& clear) const override {
        return privacy_.seals_texts() ? privacy_.seal(clear) : clear;
    }

private:
    const Privacy& privacy_;
};

bool fits(const std::string& address, bool sealed) {
    return sealed ? address.size() <= sealed_address_max : count_code_points(address) <= address_max;
}

/// Each keeps its place, also what cannot be had.
std::vector<IncomingMedium> storable_media(const std::vector<IncomingMedium>& media) {
    std::vector<IncomingMedium> sound;
    for (const IncomingMedium& each : media) {
        std::string type = storable(each.content_type);
        if (type.empty() || type.size() > media_type_max) type = "application/octet-stream";
        IncomingMedium medium{storable(each.url), std::move(type), storable(each.content_file)};
        if (medium.url.size() > media_url_max || medium.content_file.size() > media_file_max)
            medium = {"", std::move(medium.content_type), "", "its address is too long"};
        sound.push_back(std::move(medium));
    }
    return sound;
}

/// As the metadata have them (see MediaFetchStore::finish).
boost::json::array media_errors(const std::vector<IncomingMedium>& media) {
    boost::json::array errors;
    for (std::size_t i = 0; i < media.size(); ++i) {
        if (!media[i].fault.empty())
            errors.push_back(boost::json::object{{"index", i}, {"error", media[i].fault}});
    }
    return errors;
}

}  // namespace

std::unique_ptr<Sealer> make_sealer(const Privacy& privacy) {
    return std::make_unique<PrivacySealer>(privacy);
}

void WebhookIntake::set_channels(std::vector<InboundChannel> channels) {
    channels_ = std::move(channels);
    // An alert on an increase needs what it increased from.
    for (const InboundChannel& each : channels_) {
        for (const auto kind : {of_message, of_report}) {
            for (const auto result : {"stored", "duplicate", "spooled", "put_off"})
                measure(each.name, kind, result, 0);
        }
        measure(each.name, of_message, "blocked", 0);
        measure(each.name, of_message, "broken", 0);
        for (const auto result : {"refused", "broken"}) measure(each.name, of_unknown, result, 0);
    }
    measure("", of_unknown, "refused", 0);
}

void WebhookIntake::measure(const std::string& channel, std::string_view kind, std::string_view result,
                            std::size_t count) const {
    if (parts_.metrics != nullptr) parts_.metrics->webhooks(channel, kind, result, count);
}

WebhookIntake::Choice WebhookIntake::choose(const Webhook& webhook,
                                            const std::optional<std::string>& channel) const {
    const PrivacySealer sealer(parts_.privacy);
    Choice best;
    for (const InboundChannel& each : channels_) {
        if (channel && each.name != *channel) continue;
        WebhookReading reading = each.receiver->read(webhook, sealer);
        if (reading.kind == WebhookReading::Kind::not_mine) continue;
        const bool proved = reading.kind != WebhookReading::Kind::refused;
        const bool best_proved = best.channel && best.reading.kind != WebhookReading::Kind::refused;
        const bool better = !best.channel || (proved && !best_proved) || (proved && reading.names_us) ||
                            (proved && each.is_default && !best.reading.names_us);
        if (better) best = {&each, std::move(reading)};
    }
    return best;
}

Task<ServerAnswer> WebhookIntake::answer(Webhook webhook, std::optional<std::string> channel) {
    using Kind = WebhookReading::Kind;
    const TimePoint until = parts_.clock.now() + parts_.replies.patience();
    Choice choice = choose(webhook, channel);
    wipe(webhook.request.body);
    Counts& counts = counts_[choice.channel ? choice.channel->name : ""];
    if (!choice.channel || choice.reading.kind == Kind::refused) {
        ++counts.refused;
        measure(choice.channel ? choice.channel->name : "", of_unknown, "refused");
        counts.last_refused = parts_.clock.now();
        const std::string reason =
            choice.channel ? choice.reading.reason : "no channel takes webhooks of this kind here";
        if (reason != last_refusal_) log::warn("webhook refused", {{"reason", reason}});
        last_refusal_ = reason;
        ServerAnswer refusal = plain(choice.channel ? 403 : 404, reason + "\n");
        refusal.refused = true;
        co_return refusal;
    }
    counts.last_proved = parts_.clock.now();
    if (choice.reading.kind == Kind::broken) {
        ++counts.broken;
        measure(choice.channel->name, of_unknown, "broken");
        log::warn("webhook not understood",
                  {{"channel", choice.channel->name}, {"reason", choice.reading.reason}});
        co_return plain(400, choice.reading.reason + "\n");
    }
    if (choice.reading.kind == Kind::answered) co_return std::move(choice.reading.answer);
    // The channels may be set anew while we wait.
    const InboundChannel its_channel = *choice.channel;
    const Taken taken = co_await take(its_channel, choice.reading);
    if (taken.unfit) co_return plain(400, "an address in it is too long\n");
    if (!taken.safe) {
        ServerAnswer later = plain(503, "it cannot be kept now\n");
        later.headers = {{"Retry-After", std::to_string(retry_after_s)}};
        co_return later;
    }
    const std::vector<std::string> replies = co_await replies_to(its_channel, choice.reading, taken, until);
    co_return its_channel.receiver->answer(choice.reading, replies);
}

/// What its first message is answered with: by keyword, and by an application that may.
Task<std::vector<std::string>> WebhookIntake::replies_to(const InboundChannel& channel,
                                                         const WebhookReading& reading, const Taken& taken,
                                                         TimePoint until) {
    const auto first = std::find_if(taken.kept.begin(), taken.kept.end(), [](const KeptEntry& each) {
        return each.unanswered || !each.replies.empty();
    });
    if (first == taken.kept.end()) co_return std::vector<std::string>();
    std::vector<std::string> replies = first->replies;
    if (first->unanswered) {
        const auto said =
            co_await parts_.replies.wait(*first->unanswered, channel.receiver->reply_characters_max(), until);
        if (said) {
            replies.insert(replies.end(), said->begin(), said->end());
        } else if (!first->is_new) {
            // Another daemon may have been told of it when it came first.
            std::vector<InboxEntry> again;
            if (auto entry = entry_of(channel, reading.messages.front())) again.push_back(std::move(*entry));
            const auto kept = co_await parts_.inbox.keep(std::move(again));
            if (kept && !kept->empty()) replies = kept->front().replies;
        }
    }
    for (std::string& each : replies) {
        Privacy::Opened opened = parts_.privacy.open(each);
        each = opened.value.value_or("");
    }
    std::erase(replies, "");
    co_return replies;
}

Task<WebhookIntake::Taken> WebhookIntake::take(const InboundChannel& channel, WebhookReading reading) {
    Taken taken;
    const bool files_kept = co_await keep_files(channel, reading);
    if (!files_kept) {
        ++counts_[channel.name].unsafe;
        measure(channel.name, of_message, "put_off", reading.messages.size());
        co_return taken;
    }
    const std::uint64_t unfit_before = counts_[channel.name].broken;
    std::vector<InboxEntry> entries = entries_of(channel, reading);
    taken.unfit = entries.empty() && counts_[channel.name].broken > unfit_before;
    if (taken.unfit) co_return taken;
    std::vector<std::string_view> kinds;
    for (const InboxEntry& each : entries) kinds.push_back(each.report ? of_report : of_message);
    std::optional<std::vector<KeptEntry>> kept;
    try {
        kept = co_await parts_.inbox.keep(std::move(entries));
    } catch (const EntriesRefused&) {
        taken.refused = true;
    }
    Counts& counts = counts_[channel.name];
    taken.safe = kept.has_value();
    for (std::size_t i = 0; i < kinds.size(); ++i) measure(channel.name, kinds[i], result_of(kept, i));
    if (!kept) {
        ++counts.unsafe;
        co_return taken;
    }
    counts.messages += reading.messages.size();
    counts.reports += reading.reports.size();
    for (const KeptEntry& each : *kept) counts.repeated += each.is_new ? 0 : 1;
    taken.kept = std::move(*kept);
    co_return taken;
}

/// Before the rows that name them; of messages that will have none nothing is kept. False: they cannot be kept.
Task<bool> WebhookIntake::keep_files(const InboundChannel& channel, WebhookReading& reading) {
    for (IncomingMessage& message : reading.messages) {
        if (message.files.empty() || !parts_.keep_files || parts_.blocked.contains(message.sender) ||
            !entry_of(channel, message))
            continue;
        if (message.provider_id.empty()) message.provider_id = parts_.random.uuid();
        std::exception_ptr failure;
        try {
            std::vector<AttachedFile> files = std::exchange(message.files, {});
            message.media = co_await parts_.keep_files(message.provider_id, std::move(files));
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        if (failure) {
            log::error("files of an incoming message cannot be kept",
                       {{"channel", channel.name}, {"error", describe(failure)}});
            co_return false;
        }
    }
    co_return true;
}

std::vector<InboxEntry> WebhookIntake::entries_of(const InboundChannel& channel,
                                                  const WebhookReading& reading) {
    std::vector<InboxEntry> entries;
    for (const IncomingMessage& message : reading.messages) {
        if (parts_.blocked.contains(message.sender)) {
            ++counts_[channel.name].blocked;
            measure(channel.name, of_message, "blocked");
            continue;
        }
        if (auto entry = entry_of(channel, message)) {
            entries.push_back(std::move(*entry));
        } else {
            ++counts_[channel.name].broken;
            measure(channel.name, of_message, "broken");
            log::warn("an incoming message does not fit into its row: an address is too long",
                      {{"channel", channel.name}});
        }
    }
    for (const DeliveryReport& report : reading.reports) entries.push_back(entry_of(channel, report));
    return entries;
}

/// Nothing for what has no room in its row.
std::optional<InboxEntry> WebhookIntake::entry_of(const InboundChannel& channel,
                                                  const IncomingMessage& message) {
    const Privacy& privacy = parts_.privacy;
    const Address sender(storable(without_spelling(message.sender.reveal(), parts_.phone_region)));
    const std::string recipient = storable(message.recipient.reveal());
    if (!fits(sender.reveal(), privacy.has_key()) || !fits(recipient, false) ||
        message.provider_id.size() > event_key_max)
        return std::nullopt;
    InboxEntry entry{
        .transport = channel.transport,
        .channel = channel.name,
        .event_key = message.provider_id.empty() ? parts_.random.uuid() : storable(message.provider_id),
        .received = message.received.value_or(parts_.clock.now())};
    entry.suppression = suppression_of(channel, message);
    const Text text(storable(std::string(without_outer_space(message.text.reveal()))));
    InboxMessage row;
    row.sender = privacy.seal(sender.reveal());
    row.recipient = recipient;
    row.text = privacy.seals_texts() ? privacy.seal(text.reveal()) : text.reveal();
    boost::json::object metadata = message.metadata;
    metadata["message_channel"] = channel.name;
    row.media = storable_media(message.media);
    if (auto errors = media_errors(row.media); !errors.empty()) metadata["media_errors"] = std::move(errors);
    row.metadata = storable(boost::json::serialize(metadata));
    row.lookup_key = privacy.lookup_key_of(sender);
    // Who has just said STOP gets no general answer.
    const bool named_only = entry.suppression && entry.suppression->suppressed;
    if (const auto reply = channel.replies.to(text.reveal(), named_only)) row.replies.push_back(*reply);
    row.awaits_reply = parts_.replies.is_open() && channel.receiver &&
                       channel.receiver->reply_characters_max() > 0 && !named_only;
    entry.message = std::move(row);
    return entry;
}

InboxEntry WebhookIntake::entry_of(const InboundChannel& channel, const DeliveryReport& report) const {
    InboxEntry entry{.transport = channel.transport,
                     .channel = channel.name,
                     .event_key = storable(report.provider_id.substr(0, event_key_max)),
                     .received = parts_.clock.now()};
    InboxReport row;
    row.attempt_id = report.attempt_id;
    row.idempotency_key = report.idempotency_key.value_or("");
    row.rank = report.rank;
    row.state = report.state;
    row.status = storable(report.status);
    row.reason = storable(report.reason);
    row.metadata = storable(boost::json::serialize(report.metadata));
    row.acceptance = storable(boost::json::serialize(report.acceptance));
    entry.report = std::move(row);
    if ((report.says_opted_out || report.is_complaint) && report.recipient && !report.recipient->empty() &&
        channel.opt_out != OptOutScope::off)
        entry.suppression =
            suppression(channel, *report.recipient, true,
                        report.is_complaint ? suppression_cause::complaint : suppression_cause::provider);
    return entry;
}

std::optional<SuppressionChange> WebhookIntake::suppression_of(const InboundChannel& channel,
                                                               const IncomingMessage& message) const {
    if (channel.opt_out == OptOutScope::off || message.says_nothing_of_opt_out) return std::nullopt;
    OptOut said = read_opt_out(message.text.reveal());
    if (message.opt_out_type == "STOP") said = OptOut::stop;
    if (message.opt_out_type == "START") said = OptOut::start;
    if (said == OptOut::none) return std::nullopt;
    return suppression(channel, message.sender, said == OptOut::stop, suppression_cause::stop);
}

SuppressionChange WebhookIntake::suppression(const InboundChannel& channel, const Address& address,
                                             bool suppressed, const char* cause) const {
    const std::string plain = without_spelling(address.reveal(), parts_.phone_region);
    return {.recipient = suppressed_recipient(parts_.privacy, address, parts_.phone_region),
            .channel = channel.opt_out == OptOutScope::all ? "" : channel.name,
            .suppressed = suppressed,
            .address = parts_.privacy.seal(storable(plain)),
            .cause = cause};
}

Check WebhookIntake::check() const {
    Check check{.name = "webhooks"};
    Counts all;
    for (const auto& [channel, counts] : counts_) {
        all.messages += counts.messages;
        all.reports += counts.reports;
        all.repeated += counts.repeated;
        all.blocked += counts.blocked;
        all.refused += counts.refused;
        all.broken += counts.broken;
        all.unsafe += counts.unsafe;
    }
    say<status::webhooks_counts>(check, all.messages, all.reports, all.repeated, all.blocked, all.refused,
                                 all.broken, all.unsafe);
    if (all.refused > 0) say<status::webhooks_refusal>(check, last_refusal_);
    // A stranger's is refused now and then; where only such come, the provider's may be among them.
    for (const auto& [channel, counts] : counts_) {
        const bool recent = counts.last_refused != TimePoint::min() &&
                            parts_.clock.now() - counts.last_refused < refusal_worries;
        if (channel.empty() || !recent || counts.last_proved > counts.last_refused) continue;
        say<status::webhooks_unproved>(check, channel);
    }
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::uint64_t>>{
             {"incoming", all.messages}, {"reports", all.reports}, {"refused_webhooks", all.refused}})
        check.measures.push_back({name, static_cast<double>(value), "c", "", ""});
    return check;
}

}  // namespace postrider
