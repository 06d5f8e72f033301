#include "lib/media/image_converter.h"

#include "tests/support/pictures.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

using ::testing::HasSubstr;

struct ImageConverterTest : ::testing::Test {
    ImageConverterTest() : folder(std::filesystem::temp_directory_path() / "postrider-converter-XXXXXX") {
        std::string name = folder.string();
        folder = ::mkdtemp(name.data());
        write("file", "the picture");
    }
    ~ImageConverterTest() override { std::filesystem::remove_all(folder); }

    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name) << content;
        return (folder / name).string();
    }
    /// What comes of the file where the process does as `script` says.
    boost::system::result<std::string, MediaFault> convert(const std::string& script,
                                                           std::uintmax_t bytes = 11) const {
        const std::string program = write("program", "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        const auto converter = make_image_converter(program);
        return converter->convert({(folder / "file").string(), "image/webp", bytes, ""}, {"image/png", 20});
    }
    std::string made_by(const std::string& script) const {
        const auto made = convert(script);
        return made ? *made : "fault: " + made.error().what;
    }
    MediaFault fault(const std::string& script) const {
        const auto made = convert(script);
        return made ? MediaFault{"none"} : made.error();
    }

    std::filesystem::path folder;
};

TEST_F(ImageConverterTest, AProcessOfItsOwnMakesTheFile) {
    EXPECT_EQ(made_by("cat"), "the picture");
    EXPECT_EQ(made_by(R"(printf %s "$2 $3")"), "image/png 20");
    EXPECT_EQ(made_by(R"(printf %s "$1")"), "convert-image");
}

TEST_F(ImageConverterTest, TheProcessGetsNothingOfOurs) {
    ::setenv("POSTRIDER_TEST_SECRET", "hunter2", 1);
    const int ours = ::open(folder.c_str(), O_RDONLY);
    EXPECT_EQ(made_by(R"(printf %s "-$POSTRIDER_TEST_SECRET-")"), "--");
    EXPECT_EQ(made_by("test -e /proc/self/fd/" + std::to_string(ours) + " && echo open || echo none"),
              "none\n");
    ::close(ours);
    ::unsetenv("POSTRIDER_TEST_SECRET");
}

TEST_F(ImageConverterTest, WhatAFileDoesToItIsTheFilesFault) {
    EXPECT_EQ(fault("printf 'it is damaged'; exit 3").what, "it is damaged");
    EXPECT_EQ(fault("printf 'a\\nb\\377'; exit 3").what, "a?b?");
    EXPECT_EQ(fault("kill -SEGV $$").what, "what reads such files crashed on it");
    EXPECT_EQ(fault("kill -ABRT $$").what, "what reads such files crashed on it");
    EXPECT_EQ(fault("kill -XCPU $$").what, "it takes too long");
    EXPECT_EQ(fault("yes").what, "what reads such files crashed on it");
    for (const char* script : {"printf x; exit 3", "kill -SEGV $$", "kill -XCPU $$", "yes"})
        EXPECT_FALSE(fault(script).passing) << script;
}

TEST_F(ImageConverterTest, WhatOthersDoToItPasses) {
    for (const char* script : {"kill -TERM $$", "kill -KILL $$", "exit 1", "exit 4", "true"})
        EXPECT_TRUE(fault(script).passing) << script;
    const auto none = make_image_converter((folder / "none").string());
    const auto made = none->convert({(folder / "file").string(), "image/webp", 11, ""}, {"image/png", 20});
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().passing);
}

TEST_F(ImageConverterTest, AFileThatIsTooLargeIsNotEvenOpened) {
    const auto made = convert("cat", std::uintmax_t{300} << 20);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().what, HasSubstr("it has 300 MB, and at most 25 are converted"));
    EXPECT_FALSE(made.error().passing);
}

TEST_F(ImageConverterTest, OnlyWebpIsMadeIntoAnother) {
    EXPECT_THAT(types_from("image/webp"), ::testing::ElementsAre("image/png"));
    EXPECT_THAT(types_from("Image/WebP ; q=1"), ::testing::ElementsAre("image/png"));
    for (const char* other : {"", "image/png", "image/webpx", "application/pdf"})
        EXPECT_THAT(types_from(other), ::testing::IsEmpty()) << other;
}

}  // namespace
}  // namespace postrider
