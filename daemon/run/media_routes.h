#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/clock.h"
#include "lib/media/converted_media.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"
#include "lib/net/http_server.h"

#include <string>
#include <string_view>
#include <utility>

namespace postrider {

/// Serves files to whoever has a link: `/media/TOKEN`. What is no link of ours, has expired or is not there
/// any more is 404, and nobody learns which. Where the link says so it is converted first, here too if another
/// host made the link; 503 if that cannot be done now.
class MediaRoutes {
public:
    /// `public_url` as configured: its path may stand before ours. All else outlives the routes.
    MediaRoutes(const MediaRoot& root, const MediaLinks& links, std::string public_url, const Clock& clock,
                BlockingPool& files, ConvertedMedia& converted)
        : root_(root),
          links_(links),
          public_url_(std::move(public_url)),
          clock_(clock),
          files_(files),
          converted_(converted) {}

    static bool concerns(const ServerRequest& request, std::string_view public_url);
    Task<ServerAnswer> answer(ServerRequest request);

private:
    Task<ServerAnswer> answer_converted(MediaLinks::Target target);

    const MediaRoot& root_;
    const MediaLinks& links_;
    const std::string public_url_;
    const Clock& clock_;
    BlockingPool& files_;
    ConvertedMedia& converted_;
};

}  // namespace postrider
