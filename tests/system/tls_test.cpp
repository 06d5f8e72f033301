// Serving TLS without a reverse proxy, and certificates that are replaced while it goes on.
#include "lib/process/child_process.h"
#include "tests/support/free_port.h"
#include "tests/support/made_certificate.h"
#include "tests/support/tls_connection.h"
#include "tests/system/system_test.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <csignal>
#include <optional>

namespace postrider::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Tls : public SystemTest {
protected:
    std::string config_with(const CertificateFiles& files) {
        std::string text = config();
        return text.replace(
            text.find("  port: 0\n"), 10,
            fmt::format("  port: 0\n  tls: {{ certificate: {}, key: {} }}\n", files.certificate, files.key));
    }

    template <class T>
    T result_of(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(io, std::move(task),
                              [&](std::exception_ptr, T value) { result = std::move(value); });
        io.restart();
        io.run();
        return std::move(result).value();
    }
    std::unique_ptr<TlsConnection> connect(const DaemonProcess& daemon) {
        const std::string url = daemon.url();
        return result_of(tls_connect(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))));
    }
    static Task<std::string> question(TlsConnection& connection, std::string path) {
        co_await connection.write("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        co_return co_await connection.read_message();
    }
    std::string get(TlsConnection& connection, const std::string& path) {
        return result_of(question(connection, path));
    }
    bool status_says(const DaemonProcess& daemon, const std::string& text) {
        return eventually([&] {
            const auto connection = connect(daemon);
            return connection && get(*connection, "/status").find(text) != std::string::npos;
        });
    }
    bool serves(const DaemonProcess& daemon, const std::string& name) {
        return eventually([&] {
            const auto connection = connect(daemon);
            return connection && connection->server_name() == name;
        });
    }

    const Folder folder;
    boost::asio::io_context io{1};
};

TEST(TlsOut, NothingIsSentOverAVersionOfBefore) {
    const Folder folder;
    const CertificateFiles files = make_certificate(folder.path(), "old", "localhost");
    // OpenSSL speaks it only where it is told to: this is a system that allows all there is.
    const auto lax = folder.write("openssl.cnf",
                                  "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = lax\n"
                                  "[lax]\nMinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n");
    const std::vector<std::string> environment{"OPENSSL_CONF=" + lax.string()};
    const std::string port = std::to_string(free_port());
    ChildProcess server({"openssl", "s_server", "-accept", port, "-cert", files.certificate, "-key",
                         files.key, "-tls1_1", "-www"},
                        {.output = folder.path() / "log", .environment = environment});
    std::string said;
    EXPECT_TRUE(eventually([&] {
        said = postrider_command({"check", "--url", "https://127.0.0.1:" + port + "/status"}, "", environment)
                   .out;
        return said.find("Couldn't connect") == std::string::npos;
    }));
    EXPECT_THAT(said, HasSubstr("SSL connect error")) << "and not that its certificate is unknown";
}

TEST_F(Tls, ACertificateIsReplacedWhileConnectionsGoOnAndABrokenOneIsRefused) {
    const CertificateFiles files = make_certificate(folder.path(), "server", "first");
    DaemonProcess daemon(config_with(files));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const auto first = connect(daemon);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->server_name(), "first");
    EXPECT_THAT(get(*first, "/health"), EndsWith("alive\n"));
    EXPECT_TRUE(status_says(daemon, "\nOK certificate: expires 20"));

    make_certificate(folder.path(), "server", "second");
    EXPECT_TRUE(serves(daemon, "second")) << daemon.log();
    EXPECT_THAT(get(*first, "/health"), EndsWith("alive\n")) << "its connection was dropped";

    folder.write("server.crt", "this is no certificate\n");
    EXPECT_TRUE(status_says(daemon, "another was refused: " + files.certificate)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_log("certificate refused; the old one stays"));
    EXPECT_TRUE(serves(daemon, "second"));

    make_certificate(folder.path(), "server", "third");
    EXPECT_TRUE(serves(daemon, "third")) << daemon.log();
    EXPECT_TRUE(status_says(daemon, "POSTRIDER OK"));
    EXPECT_THAT(get(*first, "/health"), EndsWith("alive\n"));
}

TEST_F(Tls, AReloadTakesOtherFilesAndRefusesThoseThatDoNotFit) {
    const CertificateFiles files = make_certificate(folder.path(), "server", "first");
    const CertificateFiles others = make_certificate(folder.path(), "other", "other");
    DaemonProcess daemon(config_with(files));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.reload(config_with({others.certificate, files.key})));
    EXPECT_TRUE(daemon.log_says("listen.tls.key: " + files.key + " does not fit the certificate"))
        << daemon.log();
    EXPECT_TRUE(serves(daemon, "first"));
    ASSERT_TRUE(daemon.reload(config_with(others)));
    EXPECT_TRUE(serves(daemon, "other"));
}

TEST_F(Tls, ACertificateThatEndsWithinAFortnightIsAWarning) {
    DaemonProcess daemon(config_with(make_certificate(folder.path(), "server", "short", 13)));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_TRUE(status_says(daemon, "\nWARNING certificate: expires 20"));
}

TEST_F(Tls, TheCheckCommandKnowsTheDaemonByItsKey) {
    const CertificateFiles files = make_certificate(folder.path(), "server", "messages.example.org");
    std::string text = config_with(files);
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(status_says(daemon, "POSTRIDER OK"));
    const std::string port = daemon.url().substr(daemon.url().rfind(':') + 1);
    const auto with_port = [&](std::string yaml) {
        return yaml.replace(yaml.find("port: 0"), 7, "port: " + port);
    };
    const Ran ran = postrider_with(folder.write("check.yaml", with_port(text)), {"check"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("POSTRIDER OK"));
    const CertificateFiles others = make_certificate(folder.path(), "other", "messages.example.org");
    const Ran fooled = postrider_with(folder.write("other.yaml", with_port(config_with(others))), {"check"});
    EXPECT_EQ(fooled.exit_code, 2) << fooled.out;
}

}  // namespace
}  // namespace postrider::testing
