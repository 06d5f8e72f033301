#include "lib/net/certificate_watch.h"

#include "lib/async/deadline.h"
#include "tests/support/loop_test.h"
#include "tests/support/made_certificate.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct CertificateWatchTest : testing::LoopTest {
    CertificateWatchTest() {
        fs::create_directory(folder);
        files = testing::make_certificate(folder, "server", "first");
        watch = std::make_unique<CertificateWatch>(
            io.get_executor(), files, *read_server_certificate(files),
            [this](std::shared_ptr<const ServerCertificate> each) { taken.push_back(each->key_pin()); },
            look_every);
        group.spawn("watch", watch->run());
        EXPECT_TRUE(run_until([this] { return taken.size() == 1; })) << "what is there at the start is taken";
    }
    ~CertificateWatchTest() override {
        stop();
        fs::remove_all(folder);
    }

    std::string pin(const std::string& stem) const {
        return (*read_server_certificate({folder / (stem + ".crt"), folder / (stem + ".key")}))->key_pin();
    }
    bool takes(const std::string& key_pin) {
        return run_until([&] { return taken.back() == key_pin; });
    }
    bool is_troubled_by(const std::string& what) {
        return run_until([&] { return watch->trouble().find(what) != std::string::npos; });
    }
    /// As certbot does: a link to the new file takes the place of the old.
    void swap(const std::string& stem, const std::string& ending) const {
        fs::create_symlink(folder / (stem + ending), folder / "link");
        fs::rename(folder / "link", folder / ("server" + ending));
    }

    static constexpr auto look_every = 10ms;
    const fs::path folder =
        fs::temp_directory_path() / ("certificate_watch_test." + std::to_string(::getpid()));
    CertificateFiles files;
    std::vector<std::string> taken;
    std::unique_ptr<CertificateWatch> watch;
};

TEST_F(CertificateWatchTest, FilesThatAreReplacedAreTaken) {
    testing::make_certificate(folder, "renewed", "second", 90);
    const auto expired_before = watch->expires();
    swap("renewed", ".crt");
    swap("renewed", ".key");
    EXPECT_TRUE(takes(pin("renewed")));
    EXPECT_LT(watch->expires(), expired_before);
    EXPECT_EQ(watch->trouble(), "");
}

TEST_F(CertificateWatchTest, WhatIsBrokenIsRefusedAndTheOldOneStaysUntilItIsMended) {
    testing::make_certificate(folder, "renewed", "second");
    swap("renewed", ".crt");
    EXPECT_TRUE(is_troubled_by("server.key does not fit the certificate"));
    EXPECT_EQ(taken.size(), 1u);
    std::ofstream(folder / "renewed.key") << "nonsense";
    swap("renewed", ".key");
    EXPECT_TRUE(is_troubled_by("holds no private key"));
    EXPECT_EQ(taken.size(), 1u);
    testing::make_certificate(folder, "renewed", "second");
    EXPECT_TRUE(takes(pin("renewed")));
    EXPECT_EQ(watch->trouble(), "");
}

TEST_F(CertificateWatchTest, FilesThatAreAwayAreTroubleUntilTheyAreBack) {
    fs::rename(files.key, folder / "away");
    EXPECT_TRUE(is_troubled_by("cannot read"));
    fs::rename(folder / "away", files.key);
    EXPECT_TRUE(run_until([this] { return watch->trouble().empty(); }));
}

TEST_F(CertificateWatchTest, OtherFilesAreTakenWhenTheyAreNamed) {
    const CertificateFiles others = testing::make_certificate(folder, "other", "other");
    watch->look_now(others);
    EXPECT_TRUE(takes(pin("other")));
    testing::make_certificate(folder, "other", "other again");
    EXPECT_TRUE(takes(pin("other"))) << "and are watched from then on";
}

}  // namespace
}  // namespace postrider
