#include "lib/net/server_certificate.h"

#include "tests/support/made_certificate.h"

#include <gmock/gmock.h>

#include <fstream>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct ServerCertificateTest : ::testing::Test {
    ServerCertificateTest() { std::filesystem::create_directory(folder); }
    ~ServerCertificateTest() override { std::filesystem::remove_all(folder); }

    /// What is wrong, and with which of the files.
    static std::string fault(const CertificateFiles& files) {
        const auto read = read_server_certificate(files);
        return read ? "" : (read.error().of_key ? "key: " : "certificate: ") + read.error().what;
    }
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name) << content;
        return folder / name;
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("certificate_test." + std::to_string(::getpid()));
    const CertificateFiles files{folder / "a.crt", folder / "a.key"};
};

TEST_F(ServerCertificateTest, TellsWhenItEndsAndWhichKeyItHas) {
    testing::make_certificate(folder, "a", "first", 30);
    const auto read = read_server_certificate(files);
    ASSERT_TRUE(read) << read.error().what;
    const auto left = (*read)->expires() - std::chrono::system_clock::now();
    EXPECT_GT(left, 29 * 24h);
    EXPECT_LT(left, 31 * 24h);
    EXPECT_THAT((*read)->key_pin(), StartsWith("sha256//"));
    EXPECT_EQ((*read)->key_pin().size(), std::string("sha256//").size() + 44);
    const auto again = read_server_certificate(files);
    EXPECT_EQ((*again)->key_pin(), (*read)->key_pin());
    EXPECT_NE((*read_server_certificate(testing::make_certificate(folder, "b", "b")))->key_pin(),
              (*read)->key_pin());
}

TEST_F(ServerCertificateTest, FilesThatAreMissingAreNamed) {
    EXPECT_THAT(fault(files), StartsWith("certificate: cannot read " + files.certificate + ": No such file"));
    testing::make_certificate(folder, "a", "first");
    EXPECT_EQ(fault(files), "");
    EXPECT_THAT(fault({files.certificate, folder / "none"}), StartsWith("key: cannot read "));
    EXPECT_THAT(fault({folder, files.key}), StartsWith("certificate: cannot read "));
}

TEST_F(ServerCertificateTest, AKeyOfAnotherCertificateIsRefused) {
    testing::make_certificate(folder, "a", "first");
    const auto other = testing::make_certificate(folder, "b", "other");
    EXPECT_THAT(fault({files.certificate, other.key}), HasSubstr("b.key does not fit the certificate"));
}

TEST_F(ServerCertificateTest, WhatIsNoPemIsRefusedAndNotRepeated) {
    testing::make_certificate(folder, "a", "first");
    const std::string nonsense = write("nonsense", "hunter2");
    EXPECT_THAT(fault({nonsense, files.key}), AllOf(StartsWith("certificate: "), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(fault({files.certificate, nonsense}), AllOf(StartsWith("key: "), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(fault({files.key, files.key}), HasSubstr("begins with no certificate"));
    EXPECT_THAT(fault({files.certificate, write("large", std::string(2 << 20, 'x'))}),
                HasSubstr("larger than"));
}

TEST_F(ServerCertificateTest, AKeyWithAPassphraseIsRefusedAndNobodyIsAskedForIt) {
    testing::make_certificate(folder, "a", "first");
    const std::string locked = folder / "locked";
    const std::string command =
        "openssl pkey -in " + files.key + " -aes256 -passout pass:hunter2 -out " + locked;
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_THAT(fault({files.certificate, locked}), HasSubstr("with a passphrase"));
}

}  // namespace
}  // namespace postrider
