#include "tests/support/pictures.h"

#include <png.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>
#include <random>
#include <stdexcept>

namespace postrider::testing {

namespace {

constexpr int bytes_per_pixel = 4;

std::string taken(std::uint8_t* bytes, std::size_t size) {
    const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owned(bytes, &WebPFree);
    if (size == 0) throw std::runtime_error("a picture could not be written");
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

Picture Picture::plain(int width, int height, std::uint32_t rgba) {
    Picture picture{width, height, {}};
    picture.pixels.resize(static_cast<std::size_t>(width) * height * bytes_per_pixel);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] = static_cast<std::uint8_t>(rgba >> (8 * (3 - i % bytes_per_pixel)));
    return picture;
}

Picture Picture::noise(int width, int height) {
    Picture picture = plain(width, height, 0xff);
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same each time
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        if (i % bytes_per_pixel != 3) picture.pixels[i] = static_cast<std::uint8_t>(random());
    }
    return picture;
}

std::uint32_t Picture::at(int x, int y) const {
    std::uint32_t rgba = 0;
    const std::size_t start = (static_cast<std::size_t>(y) * width + x) * bytes_per_pixel;
    for (std::size_t i = 0; i < bytes_per_pixel; ++i) rgba = rgba << 8 | pixels.at(start + i);
    return rgba;
}

std::string lossless_webp(const Picture& picture) {
    std::uint8_t* bytes = nullptr;
    const std::size_t size = WebPEncodeLosslessRGBA(picture.pixels.data(), picture.width, picture.height,
                                                    picture.width * bytes_per_pixel, &bytes);
    return taken(bytes, size);
}

std::string lossy_webp(const Picture& picture) {
    std::uint8_t* bytes = nullptr;
    const std::size_t size = WebPEncodeRGBA(picture.pixels.data(), picture.width, picture.height,
                                            picture.width * bytes_per_pixel, 75, &bytes);
    return taken(bytes, size);
}

std::string webp_of_size(std::uint32_t width, std::uint32_t height) {
    // https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification, section 3
    const std::uint32_t sizes = (width - 1) | (height - 1) << 14;
    std::string file("RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f", 21);
    for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>(sizes >> shift);
    return file + std::string(5, '\0');
}

std::string animated_webp(const std::vector<Picture>& frames) {
    WebPAnimEncoderOptions options;
    WebPAnimEncoderOptionsInit(&options);
    const std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder(
        WebPAnimEncoderNew(frames.at(0).width, frames.at(0).height, &options), &WebPAnimEncoderDelete);
    WebPConfig config;
    WebPConfigInit(&config);
    WebPConfigLosslessPreset(&config, 1);
    int milliseconds = 0;
    for (const Picture& frame : frames) {
        WebPPicture picture;
        WebPPictureInit(&picture);
        picture.use_argb = 1;
        picture.width = frame.width;
        picture.height = frame.height;
        WebPPictureImportRGBA(&picture, frame.pixels.data(), frame.width * bytes_per_pixel);
        const int added = WebPAnimEncoderAdd(encoder.get(), &picture, milliseconds, &config);
        WebPPictureFree(&picture);
        if (added == 0) throw std::runtime_error("a frame could not be written");
        milliseconds += 100;
    }
    WebPAnimEncoderAdd(encoder.get(), nullptr, milliseconds, nullptr);
    WebPData data;
    WebPDataInit(&data);
    WebPAnimEncoderAssemble(encoder.get(), &data);
    std::string file(reinterpret_cast<const char*>(data.bytes), data.size);
    WebPDataClear(&data);
    return file;
}

std::optional<Picture> read_png(std::string_view png) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) return std::nullopt;
    image.format = PNG_FORMAT_RGBA;
    Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) == 0) return std::nullopt;
    return picture;
}

}  // namespace postrider::testing
