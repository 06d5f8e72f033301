#include "lib/media/media_root.h"

#include <gmock/gmock.h>

#include <fstream>

namespace postrider {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct MediaRootTest : ::testing::Test {
    MediaRootTest() {
        char name[] = "/tmp/postrider-media-XXXXXX";
        folder = mkdtemp(name);
        fs::create_directories(folder / "root/outgoing");
        write("root/outgoing/a.png", "png");
        write("secret", "of somebody else");
    }
    ~MediaRootTest() override { fs::remove_all(folder); }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name) << content;
    }
    std::string fault(const std::string& name, const std::string& type = "image/png") const {
        const auto file = MediaRoot(folder / "root").find({name, type});
        return file ? "none" : file.error().what;
    }

    fs::path folder;
};

TEST_F(MediaRootTest, AFileBelowTheRootIsFoundWithItsSize) {
    const auto file = MediaRoot(folder / "root").find({"outgoing/a.png", "image/png"});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->path, (fs::canonical(folder) / "root/outgoing/a.png").string());
    EXPECT_EQ(file->content_type, "image/png");
    EXPECT_EQ(file->bytes, 3u);
}

TEST_F(MediaRootTest, NoNameLeadsOutOfTheRoot) {
    fs::create_symlink(folder, folder / "root/link");
    fs::create_symlink(folder / "secret", folder / "root/outgoing/b.png");
    for (const char* name : {"../secret", "outgoing/../../secret", "../../etc/passwd", "/etc/passwd",
                             "link/secret", "outgoing/b.png"}) {
        EXPECT_THAT(fault(name), HasSubstr("leads out of the media root")) << name;
    }
    EXPECT_EQ(fault("outgoing/../outgoing/a.png"), "none");
}

TEST_F(MediaRootTest, WhatIsNoFileIsSaid) {
    write("root/empty", "");
    EXPECT_EQ(fault(""), "its row names no file");
    EXPECT_EQ(fault("outgoing/missing.png"), "its file is missing");
    EXPECT_EQ(fault("outgoing"), "its name is not that of a file");
    EXPECT_EQ(fault("empty"), "its file is empty");
    EXPECT_EQ(fault("outgoing/a.png", "image/png\r\nSet-Cookie: x"), "its type is none");
    const auto no_root = MediaRoot(folder / "elsewhere").find({"a", ""});
    EXPECT_THAT(no_root.error().what, HasSubstr("media.root"));
    EXPECT_TRUE(no_root.error().passing);
}

TEST_F(MediaRootTest, AFileOfThreeHundredMegabytesIsTooLarge) {
    write("root/large", "x");
    fs::resize_file(folder / "root/large", std::uintmax_t{300} << 20);  // takes no room on the disk
    EXPECT_EQ(fault("large"), "its file is too large: 300 MB, at most 100");
}

TEST_F(MediaRootTest, SaysWhetherItCanBeRead) {
    EXPECT_TRUE(MediaRoot(folder / "root").readable());
    EXPECT_FALSE(MediaRoot(folder / "elsewhere").readable());
    EXPECT_FALSE(MediaRoot(folder / "secret").readable());
}

}  // namespace
}  // namespace postrider
