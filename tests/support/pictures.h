#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::testing {

/// A picture in memory: four bytes for each pixel, red, green, blue and how opaque it is, rows from the top.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;

    /// All of one colour.
    static Picture plain(int width, int height, std::uint32_t rgba);
    /// That compresses badly: noise from a fixed seed, opaque.
    static Picture noise(int width, int height);

    /// The four bytes of a pixel as one number.
    std::uint32_t at(int x, int y) const;
};

std::string lossless_webp(const Picture& picture);
std::string lossy_webp(const Picture& picture);
/// The beginning of a lossless one that says how large the picture is, and nothing of it. Up to 16384 a side.
std::string webp_of_size(std::uint32_t width, std::uint32_t height);
/// Of at least one.
std::string animated_webp(const std::vector<Picture>& frames);

/// What a PNG shows; nullopt for what is none.
std::optional<Picture> read_png(std::string_view png);

}  // namespace postrider::testing
