#include "lib/inbound/history_sync.h"

#include "lib/inbound/opt_out.h"
#include "lib/schedule/iso_time.h"
#include "lib/text/phone_number.h"
#include "lib/text/utf8.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace postrider {

namespace {

/// A webhook may be under way for so long, or wait in a spool; and a result to be recorded.
constexpr std::chrono::minutes on_their_way{10};
/// By how much the clocks of rows and provider may differ, as the Django package has it.
constexpr std::chrono::hours around{1};
constexpr std::size_t column_size_max = 256;

}  // namespace

Task<SyncReport> HistorySync::sync(InboundChannel channel, MessageHistory& history, TimePoint since) {
    const TimePoint now = parts_.clock.now();
    const auto sealer = make_sealer(parts_.privacy);
    SyncReport report;
    std::vector<PastMessage> messages = co_await history.messages_since(since, *sealer);
    report.listed = messages.size();
    mark_outdated(messages);
    std::vector<HistoryStore::Asked> asked;
    for (const PastMessage& each : messages) {
        asked.push_back({each.message.provider_id});
        if (!each.is_incoming)
            asked.back().contents = parts_.privacy.contents(each.message.recipient, each.message.text);
    }
    const auto known =
        co_await parts_.store.known(channel.transport, std::move(asked), since - around, now + around);
    std::vector<SentElsewhere> rows;
    for (PastMessage& each : messages) {
        const auto found = known.find(each.message.provider_id);
        if (found != known.end() && found->second == HistoryStore::Known::yes) continue;
        if (each.created > now - on_their_way) {
            ++report.recent;
        } else if (found != known.end()) {
            ++report.left;
        } else if (each.is_incoming) {
            co_await add_incoming(channel, history, std::move(each), report);
        } else {
            rows.push_back(row_of(channel, each));
            if (rows.back().destination.size() > column_size_max) {
                rows.pop_back();
                ++report.blocked;
            }
        }
    }
    if (!rows.empty()) report.outgoing = co_await parts_.store.add(channel.transport, std::move(rows));
    co_return report;
}

/// Of STOP and START of one person the last counts, whether or not we had it before.
void HistorySync::mark_outdated(std::vector<PastMessage>& messages) const {
    std::map<std::string, IncomingMessage*> last;
    for (PastMessage& each : messages) {
        if (!each.is_incoming || read_opt_out(each.message.text.reveal()) == OptOut::none) continue;
        IncomingMessage*& latest = last[each.message.sender.reveal()];
        if (latest) latest->says_nothing_of_opt_out = true;
        latest = &each.message;
    }
}

Task<> HistorySync::add_incoming(const InboundChannel& channel, MessageHistory& history, PastMessage past,
                                 SyncReport& report) {
    if (past.media_count > 0) past.message.media = co_await history.media_of(past.message.provider_id);
    past.message.metadata["sync_date"] = to_iso_time(parts_.clock.now());
    WebhookReading reading{.kind = WebhookReading::Kind::received};
    reading.messages.push_back(std::move(past.message));
    const WebhookIntake::Taken taken = co_await parts_.intake.take(channel, std::move(reading));
    if (taken.unfit || taken.refused || (taken.safe && taken.kept.empty())) {
        ++report.blocked;
        co_return;
    }
    if (!taken.safe) throw std::runtime_error("what was missing cannot be stored now");
    report.incoming += taken.kept.front().is_new ? 1 : 0;
}

SentElsewhere HistorySync::row_of(const InboundChannel& channel, const PastMessage& past) const {
    const Privacy& privacy = parts_.privacy;
    const IncomingMessage& message = past.message;
    const Address recipient(storable(without_spelling(message.recipient.reveal(), parts_.phone_region)));
    const std::string text = storable(message.text.reveal());
    boost::json::object metadata = message.metadata;
    metadata["message_channel"] = channel.name;
    metadata["sync_date"] = to_iso_time(parts_.clock.now());
    if (!past.failure.empty()) metadata["error"] = past.failure;
    return {.provider_id = storable(message.provider_id),
            .destination = privacy.seal(recipient.reveal()),
            .text = privacy.seals_texts() ? privacy.seal(text) : text,
            .lookup_key = privacy.lookup_key_of(recipient),
            .metadata = storable(boost::json::serialize(metadata)),
            .sent = past.created,
            .errored = !past.failure.empty()};
}

}  // namespace postrider
