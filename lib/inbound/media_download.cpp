#include "lib/inbound/media_download.h"

#include <fmt/format.h>

#include <optional>

namespace postrider {

namespace {

using Kind = MediaFailure::Kind;

constexpr int redirects_max = 5;

MediaDownload failed(Kind kind, std::string reason) {
    return {.succeeded = false, .bytes = {}, .content_type = {}, .failure = {kind, std::move(reason)}};
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

MediaDownload read_status(int status) {
    const std::string reason = fmt::format("the provider answered with status {}", status);
    // Of credentials that are refused an operator may give others.
    const bool passes = status == 401 || status == 403 || status == 408 || status == 425 || status == 429;
    if (status == 404) return failed(Kind::missing, reason);
    return failed(passes || status / 100 == 5 ? Kind::passing : Kind::final, reason);
}

/// Of anything but a redirect.
MediaDownload read_result(HttpResult result, const MediaDownloadLimits& limits) {
    if (result.address_refused) return failed(Kind::final, "its host leads to an address that is not public");
    if (result.too_large)
        return failed(Kind::final, fmt::format("it has more than {} MB", limits.bytes_max >> 20));
    if (result.exchange != Exchange::answered) return failed(Kind::passing, result.error);
    if (result.answer.status != 200) return read_status(result.answer.status);
    if (result.answer.body.empty()) return failed(Kind::missing, "it is empty");
    MediaDownload download;
    download.succeeded = true;
    download.content_type = result.answer.header("content-type").value_or("");
    download.bytes = std::move(result.answer.body);
    return download;
}

}  // namespace

Task<MediaDownload> download_medium(HttpClient& http, const Receiver& receiver, std::string url,
                                    MediaDownloadLimits limits) {
    const auto end = std::chrono::steady_clock::now() + limits.time_max;
    std::optional<ForeignUrl> at = parse_foreign_url(url);
    if (!at) co_return failed(Kind::final, "its address is none of http or https");
    for (int redirects = 0; redirects <= redirects_max; ++redirects) {
        std::optional<HttpRequest> request = receiver.media_request(*at, redirects > 0);
        if (!request)
            co_return failed(Kind::final, fmt::format("{} a host that files are not fetched from: {}{}",
                                                      redirects > 0 ? "it was sent on to" : "it is at",
                                                      at->secure ? "" : "http://", at->host));
        request->timeout =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (request->timeout.count() <= 0) co_return failed(Kind::passing, "it took too long");
        request->answer_bytes_max = limits.bytes_max;
        SendGate no_gate;  // to fetch sends nothing
        HttpResult result = co_await http.send(std::move(*request), std::move(no_gate));
        if (result.exchange != Exchange::answered || !is_redirect(result.answer.status))
            co_return read_result(std::move(result), limits);
        at = at->resolve(result.answer.header("location").value_or(""));
        if (!at) co_return failed(Kind::final, "it was sent on to what is no address of http or https");
    }
    co_return failed(Kind::final, "it was sent on too often");
}

}  // namespace postrider
