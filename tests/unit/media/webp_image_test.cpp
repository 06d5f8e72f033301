#include "lib/media/webp_image.h"

#include "tests/support/pictures.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using testing::Picture;
using ::testing::StartsWith;

constexpr std::size_t plenty = std::size_t{5} << 20;

std::string png_of(const std::string& file, std::size_t bytes_max = plenty) {
    const auto made = png_from_webp(file, bytes_max);
    return made ? *made : "fault: " + made.error().what;
}

std::string fault_of(const std::string& file, std::size_t bytes_max = plenty) {
    const auto made = png_from_webp(file, bytes_max);
    return made ? "none" : made.error().what;
}

/// What comes of a file.
Picture shown(const std::string& file, std::size_t bytes_max = plenty) {
    const auto made = png_from_webp(file, bytes_max);
    EXPECT_TRUE(made) << made.error().what;
    if (!made) return {};
    EXPECT_THAT(*made, StartsWith("\x89PNG"));
    EXPECT_LE(made->size(), bytes_max);
    const auto picture = testing::read_png(*made);
    EXPECT_TRUE(picture);
    return picture.value_or(Picture{});
}

/// Each quarter in another colour.
Picture quarters() {
    Picture picture = Picture::plain(8, 6, 0xff0000ff);
    const Picture transparent = Picture::plain(8, 6, 0x00ff0080);
    for (std::size_t i = picture.pixels.size() / 2; i < picture.pixels.size(); ++i)
        picture.pixels[i] = transparent.pixels[i];
    return picture;
}

TEST(WebpImage, BecomesAPngThatShowsTheSame) {
    const Picture before = Picture::noise(37, 21);
    EXPECT_EQ(shown(testing::lossless_webp(before)).pixels, before.pixels);
    const Picture lossy = shown(testing::lossy_webp(Picture::plain(64, 32, 0x808080ff)));
    EXPECT_EQ(lossy.width, 64);
    EXPECT_EQ(lossy.height, 32);
    EXPECT_NEAR(lossy.at(10, 10) >> 24, 0x80, 3);
}

TEST(WebpImage, WhatIsTransparentStaysSo) {
    const Picture lossless = shown(testing::lossless_webp(quarters()));
    EXPECT_EQ(lossless.at(1, 1), 0xff0000ffu);
    EXPECT_EQ(lossless.at(1, 5), 0x00ff0080u);
    EXPECT_EQ(shown(testing::lossy_webp(quarters())).at(1, 5) & 0xff, 0x80u);
}

TEST(WebpImage, OfOneThatMovesTheFirstFrameIsShown) {
    const std::string file =
        testing::animated_webp({Picture::plain(20, 10, 0xff0000ff), Picture::plain(20, 10, 0x0000ffff)});
    const Picture picture = shown(file);
    EXPECT_EQ(picture.width, 20);
    EXPECT_EQ(picture.height, 10);
    EXPECT_EQ(picture.at(19, 9), 0xff0000ffu);
}

TEST(WebpImage, OneThatWouldBeTooLargeIsMadeSmallerInProportion) {
    const std::string file = testing::lossless_webp(Picture::noise(400, 200));  // 240 KB as a PNG
    const Picture picture = shown(file, 100'000);
    EXPECT_LT(picture.width, 400);
    EXPECT_GT(picture.width, 200) << "no smaller than it must be";
    EXPECT_NEAR(picture.width, 2 * picture.height, 2);
    EXPECT_EQ(png_of(file, 100'000), png_of(file, 100'000)) << "each host makes the same";
}

TEST(WebpImage, NoneFitsIntoNoSize) {
    EXPECT_THAT(fault_of(testing::lossless_webp(Picture::noise(40, 40)), 20), HasSubstr("at any size"));
    EXPECT_THAT(fault_of(testing::lossless_webp(Picture::noise(40, 40)), 0), HasSubstr("at any size"));
}

TEST(WebpImage, WhatUnpacksToMoreThanIsLookedIntoIsRefusedByItsFirstBytes) {
    EXPECT_EQ(fault_of(testing::webp_of_size(16384, 16384)),
              "it has 16384 x 16384 pixels, and at most 25 million are looked into");
    EXPECT_EQ(fault_of(testing::webp_of_size(5001, 5000)),
              "it has 5001 x 5000 pixels, and at most 25 million are looked into");
    EXPECT_EQ(fault_of(testing::webp_of_size(5000, 5000)), "it is damaged or cut off");
}

TEST(WebpImage, WhatIsNoneIsSaidToBeNone) {
    const Picture picture = Picture::plain(4, 4, 0xff);
    const std::string png = png_of(testing::lossless_webp(picture));
    for (const std::string& other : {png, std::string(), std::string("RIFF"), std::string("<svg/>"),
                                     std::string(1000, '\0'), std::string(1000, '\xff')}) {
        EXPECT_EQ(fault_of(other), "it is no WebP image");
    }
}

TEST(WebpImage, CutOffAnywhereItIsAFault) {
    for (const std::string& file :
         {testing::lossless_webp(quarters()), testing::lossy_webp(quarters()),
          testing::lossy_webp(Picture::noise(16, 16)),
          testing::animated_webp({Picture::plain(9, 9, 0xff), Picture::plain(9, 9, 0xffff)})}) {
        for (std::size_t size = 0; size < file.size(); ++size) {
            const auto made = png_from_webp(std::string_view(file).substr(0, size), plenty);
            ASSERT_FALSE(made) << size << " of " << file.size();
            EXPECT_FALSE(made.error().passing);
        }
    }
}

TEST(WebpImage, WithAnyByteChangedItIsAPictureOrAFault) {
    for (const std::string& file : {testing::lossless_webp(quarters()), testing::lossy_webp(quarters()),
                                    testing::animated_webp({quarters(), Picture::plain(8, 6, 0xff)})}) {
        for (std::size_t i = 0; i < file.size(); ++i) {
            for (const char change : {'\x01', '\x80', '\xff'}) {
                std::string changed = file;
                changed[i] = static_cast<char>(changed[i] ^ change);
                const auto made = png_from_webp(changed, std::size_t{1} << 16);
                EXPECT_TRUE(!made || testing::read_png(*made)) << i;
            }
        }
    }
}

}  // namespace
}  // namespace postrider
