#pragma once

#include "lib/dispatch/media_source.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider {

/// The largest image that is looked into, in pixels: more than cameras of telephones have. Unpacked it takes
/// 8 bytes each, whatever little the file has.
inline constexpr std::uint64_t image_pixels_max = 25'000'000;

/// A PNG of the same picture as a WebP file, of its first frame where it moves; transparent where that is. One
/// that would have more than `bytes_max` is made smaller, sides in proportion, until it has not. The same
/// bytes on every host with the same libraries, and nothing of the file's metadata.
///
/// The file may be anybody's: what it is decides no more than memory (8 bytes a pixel of image_pixels_max) and
/// time (seconds). Faults never pass. Blocking; any thread.
boost::system::result<std::string, MediaFault> png_from_webp(std::string_view webp, std::size_t bytes_max);

}  // namespace postrider
