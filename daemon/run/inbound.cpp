#include "daemon/run/inbound.h"

#include "lib/media/incoming_files.h"
#include "lib/net/client_address.h"
#include "lib/net/public_url.h"

#include <algorithm>
#include <array>

namespace postrider {

namespace {

/// Those of the Django package, and ours.
constexpr std::array<std::string_view, 4> unnamed{"/incoming", "/incoming.xml", "/messages/incoming",
                                                  "/messages/incoming.xml"};
constexpr std::array<std::string_view, 2> named{"/incoming/", "/reports/"};
constexpr std::size_t channel_name_max = 50;

ServerAnswer refusal(int status, std::string text) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

struct Target {
    std::optional<std::string> channel;
};

/// What a path says; nothing for one that is none of ours.
std::optional<Target> target_of(std::string_view path, const std::string& public_url) {
    path = path_without_prefix(path, public_url);
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);  // as Django's addresses end
    if (std::find(unnamed.begin(), unnamed.end(), path) != unnamed.end()) return Target{};
    for (const std::string_view prefix : named) {
        if (!path.starts_with(prefix)) continue;
        const std::string_view name = path.substr(prefix.size());
        if (name.empty() || name.size() > channel_name_max || name.find('/') != std::string_view::npos)
            continue;
        return Target{std::string(name)};
    }
    return std::nullopt;
}

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

/// Below the media root, on the pool's threads.
FileKeeper keeper_of(BlockingPool& pool, const std::filesystem::path& media_root) {
    return [&pool, media_root](std::string message,
                               std::vector<AttachedFile> files) -> Task<std::vector<IncomingMedium>> {
        // Its own, for the work goes on when its caller has gone; and none of it is the closure's.
        auto work = [root = media_root, message = std::move(message), files = std::move(files)] {
            const IncomingFiles keeper(root);
            std::vector<IncomingMedium> kept;
            for (const AttachedFile& each : files)
                kept.push_back({each.url, each.content_type, keeper.keep(message, each.name, each.bytes)});
            return kept;
        };
        co_return co_await pool.run(std::move(work));
    };
}

}  // namespace

Inbound::Inbound(InboundParts parts)
    : store_(parts.store),
      blocked_(parts.executor, parts.clock, parts.store, parts.privacy, parts.phone_region),
      replies_(parts.executor, parts.clock),
      forwarder_({parts.executor, parts.clock, parts.random, parts.privacy, parts.forward_store, parts.http,
                  replies_}),
      reports_(
          parts.executor, parts.clock, parts.store, [this] { forwarder_.look(); }, parts.metrics),
      media_(fetcher_parts(parts, forwarder_), limits_of(parts.media)),
      inbox_(parts.executor, parts.clock, parts.store, parts.spool,
             [this, changed = std::move(parts.on_suppressions_changed)] {
                 reports_.look();
                 media_.look();
                 forwarder_.look();
                 changed();
             }),
      intake_({parts.clock, parts.privacy, inbox_, blocked_, parts.random, replies_, parts.phone_region,
               keeper_of(parts.files, parts.media.root), parts.metrics}),
      tasks_(parts.executor) {}

void Inbound::start() {
    tasks_.spawn("inbox", inbox_.run());
    tasks_.spawn("blocked senders", blocked_.run());
    tasks_.spawn("delivery reports", reports_.run());
    tasks_.spawn("media of incoming messages", media_.run());
    tasks_.spawn("forwards", forwarder_.run());
}

Task<> Inbound::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

void Inbound::set_channels(const std::vector<ChannelConfig>& channels) {
    std::vector<InboundChannel> inbound;
    MediaFetcher::Receivers receivers;
    for (const ChannelConfig& each : channels) {
        if (!each.makers.receiver || each.channel.not_served) continue;
        receivers.emplace(each.channel.name, each.makers.receiver);
        inbound.push_back({each.channel.name, each.channel.transport, each.channel.is_default,
                           each.channel.opt_out, Replies(each.channel.replies), each.makers.receiver});
    }
    intake_.set_channels(std::move(inbound));
    media_.set_receivers(std::move(receivers));
}

void Inbound::set_forward(std::vector<ForwardEndpoint> endpoints) {
    store_.set_forwards(forward_targets(endpoints));
    forwarder_.set_endpoints(std::move(endpoints));
}

bool Inbound::concerns(const ServerRequest& request, const std::string& public_url) {
    return target_of(request.path, public_url).has_value();
}

Task<ServerAnswer> Inbound::answer(ServerRequest request) {
    const std::optional<Target> target = target_of(request.path, listen_.public_url);
    if (!target) co_return refusal(404, "not found\n");
    if (request.method != "POST" && request.method != "OPTIONS") co_return refusal(405, "only POST\n");
    Webhook webhook;
    webhook.url = public_target_url(listen_.public_url, request.target);
    webhook.client = client_address(request, listen_.trusted_proxies);
    webhook.request = std::move(request);
    co_return co_await intake_.answer(std::move(webhook), target->channel);
}

std::vector<Check> Inbound::checks() const {
    std::vector<Check> checks;
    checks.push_back(intake_.check());
    checks.push_back(inbox_.check());
    checks.push_back(reports_.check());
    if (auto check = media_.check()) checks.push_back(std::move(*check));
    for (Check& check : forwarder_.checks()) checks.push_back(std::move(check));
    return checks;
}

}  // namespace postrider
