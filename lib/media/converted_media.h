#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/media/conversion_cache.h"
#include "lib/media/image_converter.h"
#include "lib/media/media_root.h"

namespace postrider {

/// Files below the media root in other forms. What a form is made of is the file alone, so every host has it
/// when it is asked for, and nothing is kept on a disk. One is made at a time, which bounds the memory that it
/// takes; who asks for one that is being made waits for that.
class ConvertedMedia {
public:
    /// All of them outlive it. `files` looks files up.
    ConvertedMedia(const MediaRoot& root, ImageConverter& converter, BlockingPool& files,
                   std::size_t cached_bytes_max)
        : root_(root), converter_(converter), files_(files), cache_(cached_bytes_max) {}

    /// Loop thread only. Cancelled, it leaves a conversion that has begun to its end, and keeps it. Destroying
    /// this waits for one that has begun.
    Task<Conversion> find(Media media, MediaForm form);

private:
    Conversion convert(const MediaFile& file, const MediaForm& form, const std::string& key);

    const MediaRoot& root_;
    ImageConverter& converter_;
    BlockingPool& files_;
    ConversionCache cache_;
    BlockingPool converting_{1};  // ends first: its thread uses the others
};

}  // namespace postrider
