#include "lib/files/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <system_error>

namespace postrider {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string content(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct OutputFileTest : ::testing::Test {
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "output-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { fs::remove_all(folder); }
    long files() const { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

    fs::path folder;
};

TEST_F(OutputFileTest, HasItsNameOnceItIsWholeAndIsItsOwnersAlone) {
    const fs::path file = folder / "out.txt";
    OutputFile output(file);
    output.write("one ");
    output.write("two");
    EXPECT_FALSE(fs::exists(file));
    output.finish();
    EXPECT_EQ(content(file), "one two");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(OutputFileTest, UnfinishedItLeavesNothingAndWhatWasThereStays) {
    const fs::path file = folder / "out.txt";
    std::ofstream(file) << "before";
    {
        OutputFile output(file);
        output.write("half");
    }
    EXPECT_EQ(content(file), "before");
    EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, AFolderIsItsOwnersAloneWhereItIsMade) {
    const auto mode = [](const fs::path& of) { return fs::status(of).permissions(); };
    make_private_folder(folder / "above" / "made");
    EXPECT_EQ(mode(folder / "above" / "made"), fs::perms::owner_all);
    fs::permissions(folder / "above", fs::perms::all);
    make_private_folder(folder / "above");
    EXPECT_EQ(mode(folder / "above"), fs::perms::all) << "it was there";
    std::ofstream(folder / "file") << "no folder";
    EXPECT_THROW(make_private_folder(folder / "file" / "below"), std::system_error);
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsNamedWithTheReason) {
    try {
        OutputFile output(folder / "no" / "out.txt");
        FAIL() << "there is no such folder";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("out.txt: No such file or directory"));
    }
    try {
        write_all(-1, "text", "cannot write to the pipe");
        FAIL() << "there is no such descriptor";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("cannot write to the pipe: Bad file descriptor"));
    }
}

}  // namespace
}  // namespace postrider
