#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/clock.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"
#include "lib/net/http_server.h"

namespace postrider {

/// Serves files to whoever has a link: `/media/TOKEN`. What is no link of ours, has expired or is not there
/// any more is 404, and nobody learns which.
class MediaRoutes {
public:
    /// All of them outlive the routes.
    MediaRoutes(const MediaRoot& root, const MediaLinks& links, const Clock& clock, BlockingPool& files)
        : root_(root), links_(links), clock_(clock), files_(files) {}

    static bool concerns(const ServerRequest& request);
    Task<ServerAnswer> answer(ServerRequest request);

private:
    const MediaRoot& root_;
    const MediaLinks& links_;
    const Clock& clock_;
    BlockingPool& files_;
};

}  // namespace postrider
