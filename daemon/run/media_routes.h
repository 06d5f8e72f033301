#pragma once

#include "lib/async/clock.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"
#include "lib/net/http_server.h"

#include <boost/asio/thread_pool.hpp>

namespace postrider {

/// Serves files to whoever has a link: `/media/TOKEN`. What is no link of ours, has expired or is not there
/// any more is 404, and nobody learns which. Files are read on a thread of their own.
class MediaRoutes {
public:
    /// All of them outlive the routes.
    MediaRoutes(const MediaRoot& root, const MediaLinks& links, const Clock& clock)
        : root_(root), links_(links), clock_(clock) {}

    static bool concerns(const ServerRequest& request);
    Task<ServerAnswer> answer(ServerRequest request);

private:
    const MediaRoot& root_;
    const MediaLinks& links_;
    const Clock& clock_;
    boost::asio::thread_pool files_{1};
};

}  // namespace postrider
