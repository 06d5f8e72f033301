#include "lib/media/converted_media.h"

#include "tests/support/task_test.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

namespace fs = std::filesystem;

/// Writes a file's name behind what it was told.
struct Echo final : ImageConverter {
    boost::system::result<std::string, MediaFault> convert(const MediaFile& file,
                                                           const MediaForm& form) override {
        ++calls;
        if (!fault.what.empty()) return fault;
        return {boost::system::in_place_value,
                fs::path(file.path).filename().string() + " " + std::to_string(form.bytes_max)};
    }
    std::atomic<int> calls = 0;
    MediaFault fault;
};

struct ConvertedMediaTest : testing::TaskTest {
    ConvertedMediaTest() { write("a.webp", "one"); }
    ~ConvertedMediaTest() override {
        stop();
        fs::remove_all(folder);
    }
    void write(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name) << content;
    }
    std::string find(std::uintmax_t bytes_max = 9) {
        const auto found = result_of(media.find({"a.webp", "image/webp"}, {"image/png", bytes_max}));
        return found ? **found : "fault: " + found.error().what;
    }

    static fs::path new_folder() {
        std::string name = (fs::temp_directory_path() / "postrider-converted-XXXXXX").string();
        return ::mkdtemp(name.data());
    }

    const fs::path folder = new_folder();
    const MediaRoot root{folder};
    Echo converter;
    BlockingPool files{1};
    ConvertedMedia media{root, converter, files, 10'000};
};

TEST_F(ConvertedMediaTest, WhatWasMadeIsMadeNoSecondTime) {
    EXPECT_EQ(find(), "a.webp 9");
    EXPECT_EQ(find(), "a.webp 9");
    EXPECT_EQ(converter.calls, 1);
    EXPECT_EQ(find(8), "a.webp 8") << "another form";
    EXPECT_EQ(converter.calls, 2);
}

TEST_F(ConvertedMediaTest, AFileThatHasChangedIsConvertedAgain) {
    find();
    write("a.webp", "other");
    find();
    EXPECT_EQ(converter.calls, 2);
    fs::last_write_time(folder / "a.webp", fs::last_write_time(folder / "a.webp") + std::chrono::hours{1});
    find();
    EXPECT_EQ(converter.calls, 3);
    fs::remove(folder / "a.webp");
    EXPECT_EQ(find(), "fault: its file is missing");
}

TEST_F(ConvertedMediaTest, AFaultIsKeptUnlessItPasses) {
    converter.fault = {"no process", true};
    EXPECT_EQ(find(), "fault: no process");
    converter.fault = {"it is damaged"};
    EXPECT_EQ(find(), "fault: it is damaged");
    EXPECT_EQ(find(), "fault: it is damaged");
    EXPECT_EQ(converter.calls, 2);
}

TEST_F(ConvertedMediaTest, NothingIsMadeOfWhatNothingIsMadeOf) {
    for (const Media& other : {Media{"a.webp", "image/jpeg"}, Media{"a.webp", ""}})
        EXPECT_FALSE(result_of(media.find(other, {"image/png", 9})));
    EXPECT_FALSE(result_of(media.find({"a.webp", "image/webp"}, {"text/html", 9})));
    EXPECT_FALSE(result_of(media.find({"../../etc/passwd", "image/webp"}, {"image/png", 9})));
    EXPECT_EQ(converter.calls, 0);
}

TEST(ConversionCache, KeepsWhatWasUsedLastWithinItsBytes) {
    ConversionCache cache(3 * 6000);
    const Conversion five_thousand = std::make_shared<const std::string>(5000, 'x');
    for (const char* key : {"a", "b", "c"}) cache.keep(key, five_thousand);
    EXPECT_TRUE(cache.find("a"));
    cache.keep("d", five_thousand);
    EXPECT_FALSE(cache.find("b")) << "used least lately";
    for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(cache.find(key)) << key;
    cache.keep("large", std::make_shared<const std::string>(18'000, 'x'));
    EXPECT_FALSE(cache.find("large"));
    EXPECT_TRUE(cache.find("d"));
    for (int i = 0; i < 100; ++i) cache.keep("a", five_thousand);
    EXPECT_TRUE(cache.find("c"));
}

}  // namespace
}  // namespace postrider
