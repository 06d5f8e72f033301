#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/dispatch/media_source.h"
#include "lib/media/converted_media.h"
#include "lib/media/media_links.h"
#include "lib/media/media_root.h"

namespace postrider {

/// Files below the media root, each with a link. All that it is given outlives it.
class LinkedMedia final : public MediaSource {
public:
    LinkedMedia(const MediaRoot& root, const MediaLinks& links, const Clock& clock, BlockingPool& files,
                ConvertedMedia& converted)
        : root_(root), links_(links), clock_(clock), files_(files), converted_(converted) {}

    Task<boost::system::result<MediaFile, MediaFault>> find(Media media) override {
        const auto look = [&root = root_, media] { return root.find(media); };
        auto file = co_await files_.run(look);
        if (file && links_.usable()) file->url = links_.link(media, clock_.now());
        co_return file;
    }

    std::vector<std::string> types_from(std::string_view content_type) const override {
        return postrider::types_from(content_type);
    }

    /// Made now, so that its size is known and a fault shows; whoever fetches it has it made where he asks.
    Task<boost::system::result<MediaFile, MediaFault>> convert(Media media, MediaForm form) override {
        const auto made = co_await converted_.find(media, form);
        if (!made) co_return made.error();
        co_return MediaFile{"", form.content_type, (*made)->size(), links_.link(media, clock_.now(), form)};
    }

private:
    const MediaRoot& root_;
    const MediaLinks& links_;
    const Clock& clock_;
    BlockingPool& files_;
    ConvertedMedia& converted_;
};

}  // namespace postrider
