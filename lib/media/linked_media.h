#pragma once

#include "lib/dispatch/media_source.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"

namespace postrider {

/// Files below the media root, each with a link. All that it is given outlives it.
class LinkedMedia final : public MediaSource {
public:
    LinkedMedia(const MediaRoot& root, const MediaLinks& links, const Clock& clock)
        : root_(root), links_(links), clock_(clock) {}

    boost::system::result<MediaFile, MediaFault> find(const Media& media) override {
        auto file = root_.find(media);
        if (file) file->url = links_.link(media, clock_.now());
        return file;
    }

private:
    const MediaRoot& root_;
    const MediaLinks& links_;
    const Clock& clock_;
};

}  // namespace postrider
