// systemd's own verdict on the units that we bring.
#include "tests/system/folder.h"
#include "tests/system/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

const std::string units = POSTRIDER_SOURCE_DIR "/systemd/";

TEST(Unit, ExposesTheDaemonByTwoPointsOfTenAtMost) {
    const Ran ran = run_program({"systemd-analyze", "security", "--offline=true", "--threshold=20",
                                 "--no-pager", units + "postrider.service"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("Overall exposure level for postrider.service"));
}

TEST(Unit, IsUnderstoodWordForWord) {
    const Folder folder;
    for (const char* name : {"postrider.service", "postrider-jobs@.service"}) {
        std::string unit = contents(units + name);
        const std::string program = "=/usr/bin/postrider";
        const auto at = unit.find(program);
        ASSERT_NE(at, std::string::npos);
        unit.replace(at, program.size(), std::string("=") + POSTRIDER_BINARY);
        std::string file = name;
        if (const auto instance = file.find('@'); instance != std::string::npos)
            file.insert(instance + 1, "root");
        const std::string path = folder.write(file, unit).string();
        const Ran ran = run_program({"systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path});
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(ran.err, "");
    }
}

}  // namespace
}  // namespace postrider::testing
