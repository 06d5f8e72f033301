#include "daemon/run/reception.h"

#include "lib/async/deadline.h"
#include "lib/media/incoming_files.h"
#include "lib/net/client_address.h"
#include "lib/net/public_url.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace postrider {

namespace {

/// Those of the Django package, and ours.
constexpr std::array<std::string_view, 4> unnamed{"/incoming", "/incoming.xml", "/messages/incoming",
                                                  "/messages/incoming.xml"};
constexpr std::array<std::string_view, 2> named{"/incoming/", "/reports/"};
constexpr std::size_t channel_name_max = 50;
constexpr std::chrono::seconds blocked_patience{2};
constexpr std::chrono::milliseconds look_again_every{5};

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

Reception::Reception(ReceptionParts parts)
    : blocked_(parts.executor, parts.clock, parts.store, parts.privacy, parts.phone_region),
      inbox_(parts.executor, parts.clock, parts.store, parts.spool, std::move(parts.on_stored)),
      intake_({parts.clock, parts.privacy, inbox_, blocked_, parts.random, parts.replies, parts.phone_region,
               keeper_of(parts.files, parts.media_root), parts.metrics}),
      tasks_(parts.executor) {}

void Reception::start() {
    tasks_.spawn("inbox", inbox_.run());
    tasks_.spawn("blocked senders", blocked_.run());
}

Task<> Reception::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

void Reception::set_channels(const std::vector<ChannelConfig>& channels) {
    std::vector<InboundChannel> inbound;
    for (const ChannelConfig& each : channels) {
        if (!each.takes_webhooks()) continue;
        inbound.push_back({each.channel.name, each.channel.transport, each.channel.is_default,
                           each.channel.opt_out, Replies(each.channel.replies), each.makers.receiver});
    }
    intake_.set_channels(std::move(inbound));
}

bool Reception::concerns(const ServerRequest& request, const std::string& public_url) {
    return target_of(request.path, public_url).has_value();
}

/// A daemon that has just started does not take in what its site does not want.
Task<> Reception::blocked_are_asked() {
    const auto end = std::chrono::steady_clock::now() + blocked_patience;
    while (!blocked_.asked() && std::chrono::steady_clock::now() < end) co_await sleep_for(look_again_every);
}

Task<ServerAnswer> Reception::answer(ServerRequest request) {
    const std::optional<Target> target = target_of(request.path, listen_.public_url);
    if (!target) co_return refusal(404, "not found\n");
    if (request.method != "POST" && request.method != "OPTIONS") co_return refusal(405, "only POST\n");
    if (!blocked_.asked()) co_await blocked_are_asked();
    Webhook webhook;
    webhook.url = public_target_url(listen_.public_url, request.target);
    webhook.client = client_address(request, listen_.trusted_proxies);
    webhook.request = std::move(request);
    co_return co_await intake_.answer(std::move(webhook), target->channel);
}

}  // namespace postrider
