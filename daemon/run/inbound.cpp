#include "daemon/run/inbound.h"

#include "lib/media/incoming_files.h"

namespace postrider {

namespace {

MediaFetcherParts fetcher_parts(const InboundParts& parts, Forwarder& forwarder) {
    return {.executor = parts.executor,
            .clock = parts.clock,
            .random = parts.random,
            .store = parts.media_store,
            .http = parts.http,
            .files = parts.files,
            .folder = IncomingFiles(parts.media.root),
            .on_message_complete = [&forwarder](std::int64_t) { forwarder.look(); }};
}

MediaFetchLimits limits_of(const MediaConfig& media) {
    MediaFetchLimits limits;
    limits.download.bytes_max = std::size_t{media.fetch_megabytes_max} << 20;
    limits.download.time_max = media.fetch_timeout;
    limits.expire = media.fetch_expire;
    return limits;
}

}  // namespace

Inbound::Inbound(InboundParts parts)
    : store_(parts.store),
      replies_(parts.executor, parts.clock),
      forwarder_({parts.executor, parts.clock, parts.random, parts.privacy, parts.forward_store, parts.http,
                  replies_}),
      reports_(
          parts.executor, parts.clock, parts.store, [this] { forwarder_.look(); }, parts.metrics),
      media_(fetcher_parts(parts, forwarder_), limits_of(parts.media)),
      reception_({.executor = parts.executor,
                  .clock = parts.clock,
                  .random = parts.random,
                  .privacy = parts.privacy,
                  .store = parts.store,
                  .replies = replies_,
                  .files = parts.files,
                  .media_root = parts.media.root,
                  .phone_region = parts.phone_region,
                  .spool = parts.spool,
                  .metrics = parts.metrics,
                  .on_stored =
                      [this, changed = std::move(parts.on_suppressions_changed)] {
                          reports_.look();
                          media_.look();
                          forwarder_.look();
                          changed();
                      }}),
      tasks_(parts.executor) {}

void Inbound::start() {
    reception_.start();
    tasks_.spawn("delivery reports", reports_.run());
    tasks_.spawn("media of incoming messages", media_.run());
    tasks_.spawn("forwards", forwarder_.run());
}

Task<> Inbound::stop() {
    tasks_.cancel();
    co_await reception_.stop();
    co_await tasks_.join();
}

void Inbound::set_channels(const std::vector<ChannelConfig>& channels) {
    MediaFetcher::Receivers receivers;
    for (const ChannelConfig& each : channels) {
        if (each.takes_webhooks()) receivers.emplace(each.channel.name, each.makers.receiver);
    }
    reception_.set_channels(channels);
    media_.set_receivers(std::move(receivers));
}

void Inbound::set_forward(std::vector<ForwardEndpoint> endpoints) {
    store_.set_forwards(forward_targets(endpoints));
    forwarder_.set_endpoints(std::move(endpoints));
}

std::vector<Check> Inbound::checks() const {
    std::vector<Check> checks = reception_.checks();
    checks.push_back(reports_.check());
    if (auto check = media_.check()) checks.push_back(std::move(*check));
    for (Check& check : forwarder_.checks()) checks.push_back(std::move(check));
    return checks;
}

}  // namespace postrider
