#include "lib/health/host_figures.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(HostFigures, AProcessorIsBusyWithAllButWaiting) {
    const auto before = parse_cpu_times("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n");
    const auto after = parse_cpu_times("cpu  130 5 60 850 55 0 5 5 99 0\n");
    ASSERT_TRUE(before && after);
    EXPECT_EQ(before->total, 1000u);
    EXPECT_EQ(before->busy, 150u);
    EXPECT_EQ(busy_percent(*before, *after), 50.0) << "55 of 110; what guests use is in `user` already";
    EXPECT_EQ(busy_percent(*after, *before), 0.0);
    EXPECT_FALSE(parse_cpu_times("intr 1 2 3"));
    EXPECT_FALSE(parse_cpu_times("cpu "));
}

TEST(HostFigures, OnlyDevicesAreDisksAndEachOnce) {
    EXPECT_THAT(parse_mounted_devices("/dev/sda1 / ext4 rw 0 0\n"
                                      "proc /proc proc rw 0 0\n"
                                      "/dev/sdb1 /srv/my\\040site xfs rw 0 0\n"
                                      "/dev/loop3 /snap/x squashfs ro 0 0\n"
                                      "tmpfs /tmp tmpfs rw 0 0\n"
                                      "/dev/sda1 /home ext4 rw 0 0\n"),
                ElementsAre(Pair("/dev/sda1", "/"), Pair("/dev/sdb1", "/srv/my site")));
    for (const auto& [device, percent] : disk_usage()) {
        EXPECT_GE(percent, 0) << device;
        EXPECT_LE(percent, 100) << device;
    }
}

TEST(HostFigures, ZombiesAreKnownByTheirStateWhateverTheirName) {
    std::string proc = (std::filesystem::temp_directory_path() / "postrider-proc-XXXXXX").string();
    ASSERT_NE(::mkdtemp(proc.data()), nullptr);
    const auto write = [&](const std::string& process, const std::string& stat) {
        std::filesystem::create_directory(proc + "/" + process);
        std::ofstream(proc + "/" + process + "/stat") << stat;
    };
    write("1", "1 (init) S 0 1 1");
    write("20", "20 (odd) R name) Z 1 20 20");
    write("21", "21 (a) Z) S 1 21 21");
    write("self", "30 (x) Z 1");
    const ProcessCounts counts = count_processes(proc);
    std::filesystem::remove_all(proc);
    EXPECT_EQ(counts.all, 3);
    EXPECT_EQ(counts.zombies, 1);
    EXPECT_GT(count_processes().all, 1);
    EXPECT_GE(count_users(), 0);
}

}  // namespace
}  // namespace postrider
