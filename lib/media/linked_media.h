#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/dispatch/media_source.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"

namespace postrider {

/// Files below the media root, each with a link. All that it is given outlives it.
class LinkedMedia final : public MediaSource {
public:
    LinkedMedia(const MediaRoot& root, const MediaLinks& links, const Clock& clock, BlockingPool& files)
        : root_(root), links_(links), clock_(clock), files_(files) {}

    Task<boost::system::result<MediaFile, MediaFault>> find(Media media) override {
        const auto look = [this, media] { return root_.find(media); };
        auto file = co_await files_.run(look);
        if (file && links_.usable()) file->url = links_.link(media, clock_.now());
        co_return file;
    }

private:
    const MediaRoot& root_;
    const MediaLinks& links_;
    const Clock& clock_;
    BlockingPool& files_;
};

}  // namespace postrider
