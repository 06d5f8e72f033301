#include "lib/media/webp_image.h"

#include <fmt/format.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

namespace postrider {

namespace {

using Converted = boost::system::result<std::string, MediaFault>;

constexpr int tries_max = 5;

MediaFault damaged() { return {"it is damaged or cut off"}; }

/// The still picture that a file is, or begins with. The bytes are of the demuxer's file.
struct Frame {
    explicit Frame(WebPDemuxer* demuxer) { found = WebPDemuxGetFrame(demuxer, 1, &iterator) != 0; }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame() { WebPDemuxReleaseIterator(&iterator); }

    WebPIterator iterator{};
    bool found = false;
};

struct Pixels {
    int width = 0;
    int height = 0;
    bool transparent = false;
    std::vector<unsigned char> bytes;  ///< rows from the top, RGB or RGBA
};

struct Size {
    int width = 0;
    int height = 0;
};

std::optional<Pixels> decode(const WebPData& frame, bool transparent, Size size, Size full) {
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0) return std::nullopt;
    Pixels pixels{size.width, size.height, transparent, {}};
    const std::size_t row = static_cast<std::size_t>(size.width) * (transparent ? 4 : 3);
    pixels.bytes.resize(row * static_cast<std::size_t>(size.height));
    config.options.use_scaling = size.width != full.width || size.height != full.height;
    config.options.scaled_width = size.width;
    config.options.scaled_height = size.height;
    config.output.colorspace = transparent ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {pixels.bytes.data(), static_cast<int>(row), pixels.bytes.size()};
    const VP8StatusCode status = WebPDecode(frame.bytes, frame.size, &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK) return std::nullopt;
    return pixels;
}

/// As a PNG in `png`, which is as large as it may be; returns how large it would be, 0: there is none.
std::size_t encode(const Pixels& pixels, std::string& png) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(pixels.width);
    image.height = static_cast<png_uint_32>(pixels.height);
    image.format = pixels.transparent ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    png_alloc_size_t size = png.size();
    const int written =
        png_image_write_to_memory(&image, png.data(), &size, 0, pixels.bytes.data(), 0, nullptr);
    return written != 0 || size > png.size() ? size : 0;
}

/// Smaller, so that as many bytes for each pixel come to fewer than `bytes_max`.
Size reduced(Size size, std::size_t bytes, std::size_t bytes_max) {
    // A little more than in proportion: small pictures compress less well.
    const double factor = 0.9 * std::sqrt(static_cast<double>(bytes_max) / static_cast<double>(bytes));
    const auto scaled = [factor](int side) { return std::max(1, static_cast<int>(side * factor)); };
    return {scaled(size.width), scaled(size.height)};
}

}  // namespace

Converted png_from_webp(std::string_view webp, std::size_t bytes_max) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(webp.data());
    if (WebPGetInfo(bytes, webp.size(), nullptr, nullptr) == 0) return MediaFault{"it is no WebP image"};
    const WebPData file{bytes, webp.size()};
    const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&file),
                                                                           &WebPDemuxDelete);
    if (!demuxer) return damaged();
    const Frame frame(demuxer.get());
    WebPBitstreamFeatures features;
    const WebPData& still = frame.iterator.fragment;
    if (!frame.found || WebPGetFeatures(still.bytes, still.size, &features) != VP8_STATUS_OK)
        return damaged();
    const Size full{features.width, features.height};
    if (static_cast<std::uint64_t>(full.width) * static_cast<std::uint64_t>(full.height) > image_pixels_max)
        return MediaFault{fmt::format("it has {} x {} pixels, and at most {} million are looked into",
                                      full.width, full.height, image_pixels_max / 1'000'000)};
    std::string png(bytes_max, '\0');
    Size size = full;
    for (int tries = 0; tries < tries_max; ++tries) {
        const auto pixels = decode(still, features.has_alpha != 0, size, full);
        if (!pixels) return damaged();
        const std::size_t written = encode(*pixels, png);
        if (written == 0) return MediaFault{"no PNG can be made of it"};
        if (written <= bytes_max) {
            png.resize(written);
            return Converted(boost::system::in_place_value, std::move(png));
        }
        size = reduced(size, written, bytes_max);
    }
    return MediaFault{fmt::format("its PNG has more than {} KB at any size", bytes_max >> 10)};
}

}  // namespace postrider
