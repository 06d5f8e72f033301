#pragma once

#include "lib/inbound/receiver.h"
#include "lib/net/http_client.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace postrider {

/// Why there is no file, and what to do about it.
struct MediaFailure {
    enum class Kind {
        passing,  ///< again later
        missing,  ///< the provider does not have it: just after a message that may pass
        ours,     ///< this host cannot keep it now: again later, for however long
        final,    ///< never
    };
    Kind kind = Kind::passing;
    std::string reason{};  ///< for the operator; no URL (of which a host may be named), no secret
};

struct MediaDownload {
    bool succeeded = false;
    std::string bytes{};
    std::string content_type{};  ///< as the server said; may be empty
    MediaFailure failure{};      ///< if it has not succeeded
};

struct MediaDownloadLimits {
    std::size_t bytes_max = std::size_t{25} << 20;
    std::chrono::milliseconds time_max = std::chrono::seconds{60};  ///< from the beginning to the last byte
};

/// Fetches what is at `url`, which somebody else gave, and wherever that leads on to, up to five times: each
/// from where `receiver` lets it only. All of them together keep within the limits, however slowly or much
/// a server sends. Both outlive the await.
Task<MediaDownload> download_medium(HttpClient& http, const Receiver& receiver, std::string url,
                                    MediaDownloadLimits limits);

}  // namespace postrider
