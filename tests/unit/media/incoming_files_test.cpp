#include "lib/media/incoming_files.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <system_error>

namespace postrider {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::MatchesRegex;
using ::testing::Not;

struct IncomingFilesTest : ::testing::Test {
    IncomingFilesTest() {
        char name[] = "/tmp/postrider-incoming-XXXXXX";
        folder = mkdtemp(name);
    }
    ~IncomingFilesTest() override { fs::remove_all(folder); }
    std::string content(const std::string& name) const {
        std::ifstream stream(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    std::size_t count() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder / "incoming_message_media"), {}));
    }
    fs::path folder;
};

TEST_F(IncomingFilesTest, AFileIsKeptUnderANameThatIsOurs) {
    const IncomingFiles files(folder);
    const std::string name = files.keep("m1", "My report.PDF", std::string("\0x", 2));
    EXPECT_THAT(name, MatchesRegex("incoming_message_media/[0-9a-f]+\\.pdf"));
    EXPECT_LE(name.size(), 100u);
    EXPECT_EQ(content(name), std::string("\0x", 2));
    EXPECT_EQ(count(), 1u) << "nothing else is left";
}

TEST_F(IncomingFilesTest, NoNameLeadsElsewhere) {
    const IncomingFiles files(folder);
    for (const char* name :
         {"../../etc/passwd", "/etc/passwd", "..", ".", "", "a./../b", "x.p/d", "x.toolongforone"})
        EXPECT_THAT(files.keep("m1", name, name), MatchesRegex("incoming_message_media/[0-9a-f]+")) << name;
}

TEST_F(IncomingFilesTest, TheSameAgainIsOneFileAndAnotherIsAnother) {
    const IncomingFiles files(folder);
    const std::string first = files.keep("m1", "a.txt", "one");
    EXPECT_EQ(files.keep("m1", "a.txt", "one"), first);
    EXPECT_NE(files.keep("m1", "a.txt", "two"), first);
    EXPECT_NE(files.keep("m2", "a.txt", "one"), first);
    EXPECT_EQ(content(first), "one");
    EXPECT_EQ(count(), 3u);
}

/// A process of that number may have been killed while it wrote: in a container, ours is always the same.
TEST_F(IncomingFilesTest, WhatAnEarlierProcessLeftIsInNobodysWay) {
    const IncomingFiles files(folder);
    const std::string name = files.keep("m1", "a.txt", "one");
    fs::remove(folder / name);
    const std::string digits = fs::path(name).stem().string();
    std::ofstream(folder / "incoming_message_media" / ("." + digits + "." + std::to_string(getpid()))) << "o";
    EXPECT_EQ(files.keep("m1", "a.txt", "one"), name);
    EXPECT_EQ(content(name), "one");
}

TEST_F(IncomingFilesTest, FilesMayBeReadByTheirGroupAndNobodyElse) {
    const IncomingFiles files(folder);
    const fs::perms rights = fs::status(folder / files.keep("m1", "a.txt", "one")).permissions();
    EXPECT_EQ(rights & fs::perms(0777), fs::perms(0640));
}

TEST_F(IncomingFilesTest, WhatCannotBeKeptThrows) {
    EXPECT_THROW(IncomingFiles(folder / "none").keep("m1", "a", "b"), std::system_error);
}

}  // namespace
}  // namespace postrider
