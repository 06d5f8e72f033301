// What `make install` puts where, and the package's scripts.
#include "tests/system/folder.h"
#include "tests/system/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Installed : public ::testing::Test {
protected:
    void install(const std::string& prefix) const {
        const Ran ran =
            run_program({"cmake", "--install", fs::path(POSTRIDER_BINARY).parent_path(), "--prefix", prefix},
                        "", {"DESTDIR=" + root.path().string()});
        ASSERT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    }
    std::string text(const std::string& path) const { return contents(root.path() / path); }

    const Folder root;
};

TEST_F(Installed, EverythingIsInPlaceAndNamesTheProgramWhereItIs) {
    install("/opt/postrider");
    const Ran version = run_program({root.path() / "opt/postrider/bin/postrider", "version"});
    EXPECT_EQ(version.exit_code, 0) << version.err;
    for (const char* unit : {"postrider.service", "postrider-jobs@.service"})
        EXPECT_THAT(text(std::string("opt/postrider/lib/systemd/system/") + unit),
                    HasSubstr("ExecStart=/opt/postrider/bin/postrider run"));
    EXPECT_THAT(text("opt/postrider/lib/sysusers.d/postrider.conf"), HasSubstr("u postrider"));
    EXPECT_THAT(text("opt/postrider/lib/tmpfiles.d/postrider.conf"), HasSubstr("/var/lib/postrider"));
    EXPECT_THAT(text("opt/postrider/share/bash-completion/completions/postrider"), HasSubstr("complete -F"));
    EXPECT_THAT(text("etc/nagios-plugins/config/postrider.cfg"), HasSubstr("check_postrider"));
    EXPECT_THAT(text("etc/postrider/postrider.yaml"), HasSubstr("postgresql:///postrider"));
    for (const char* page : {"man1/postrider.1.gz", "man5/postrider.yaml.5.gz"}) {
        const Ran ran = run_program({"gzip", "-dc", root.path() / "opt/postrider/share/man" / page});
        EXPECT_EQ(ran.exit_code, 0) << page << ran.err;
        EXPECT_THAT(ran.out, HasSubstr(".SH NAME\npostrider")) << page;
    }
}

TEST_F(Installed, WhatAnAdministratorHasWrittenStays) {
    install("/usr");
    root.write("etc/postrider/postrider.yaml", "mine\n");
    install("/usr");
    EXPECT_EQ(text("etc/postrider/postrider.yaml"), "mine\n");
}

TEST(PackageScripts, AreSoundShell) {
    for (const char* name : {"preinst", "postinst", "prerm", "postrm"}) {
        const Ran ran = run_program({"sh", "-n", std::string(POSTRIDER_SOURCE_DIR "/packaging/deb/") + name});
        EXPECT_EQ(ran.exit_code, 0) << name << ran.err;
    }
}

}  // namespace
}  // namespace postrider::testing
