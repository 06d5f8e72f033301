// What systemd hears, sd_notify(3).
#include "tests/system/system_test.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <fmt/format.h>
#include <signal.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The other end of NOTIFY_SOCKET.
class Supervisor {
public:
    Supervisor() { socket_.non_blocking(true); }

    std::string environment() const { return "NOTIFY_SOCKET=" + path_; }

    /// Whether so many messages with this line in them have come, in time.
    bool hears(const std::string& line, int times = 1) {
        return eventually([&] {
            listen();
            int count = 0;
            for (const std::string& each : heard_)
                count += ("\n" + each + "\n").find("\n" + line) != std::string::npos;
            return count >= times;
        });
    }
    std::string all() {
        std::string text;
        for (const std::string& each : heard_) text += each + " | ";
        return text;
    }

private:
    using Datagram = boost::asio::local::datagram_protocol;

    void listen() {
        char buffer[4096];
        for (boost::system::error_code error;;) {
            const std::size_t size = socket_.receive(boost::asio::buffer(buffer), 0, error);
            if (error) return;
            heard_.emplace_back(buffer, size);
        }
    }

    Folder folder_;
    std::string path_ = (folder_.path() / "notify").string();
    boost::asio::io_context io_;
    Datagram::socket socket_{io_, Datagram::endpoint(path_)};
    std::vector<std::string> heard_;
};

class SupervisorTest : public SystemTest {};

TEST_F(SupervisorTest, HearsReadyReloadingAndStopping) {
    Supervisor supervisor;
    DaemonProcess daemon(config(), {supervisor.environment()});
    ASSERT_TRUE(supervisor.hears("READY=1")) << daemon.log();
    ASSERT_TRUE(supervisor.hears("STATUS=sending")) << supervisor.all();
    EXPECT_THAT(supervisor.all(), Not(HasSubstr("WATCHDOG")));
    ASSERT_TRUE(daemon.reload(config("    concurrency: 2\n")));
    ASSERT_TRUE(supervisor.hears("RELOADING=1\nMONOTONIC_USEC=")) << supervisor.all();
    ASSERT_TRUE(supervisor.hears("READY=1", 2)) << supervisor.all();
    ASSERT_TRUE(daemon.reload("nonsense"));
    ASSERT_TRUE(supervisor.hears("READY=1", 3)) << "a refused reload is over too: " << supervisor.all();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_TRUE(supervisor.hears("STOPPING=1")) << supervisor.all();
}

TEST_F(SupervisorTest, IsToldThatItLivesAsOftenAsItAsked) {
    Supervisor supervisor;
    // The process id is not known yet: without WATCHDOG_PID, the interval holds for whoever reads it.
    DaemonProcess daemon(config(), {supervisor.environment(), "WATCHDOG_USEC=300000"});
    EXPECT_TRUE(supervisor.hears("WATCHDOG=1", 5)) << daemon.log();
    EXPECT_TRUE(daemon.running());
}

TEST_F(SupervisorTest, AWatchdogForAnotherProcessIsNotFed) {
    Supervisor supervisor;
    DaemonProcess daemon(config(), {supervisor.environment(), "WATCHDOG_USEC=100000", "WATCHDOG_PID=1"});
    ASSERT_TRUE(supervisor.hears("STATUS=sending")) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_TRUE(supervisor.hears("STOPPING=1"));
    EXPECT_THAT(supervisor.all(), Not(HasSubstr("WATCHDOG=1")));
}

TEST_F(SupervisorTest, IsToldOfTheWaitForTheDatabase) {
    Supervisor supervisor;
    const ServerStopped stopped(site.server(), SIGINT);
    DaemonProcess daemon(config(), {supervisor.environment(), "WATCHDOG_USEC=300000"});
    EXPECT_TRUE(supervisor.hears("READY=1")) << "it does not fail to start for that";
    EXPECT_TRUE(supervisor.hears("STATUS=waiting for the database")) << supervisor.all();
    EXPECT_TRUE(supervisor.hears("WATCHDOG=1", 3)) << supervisor.all();
}

}  // namespace
}  // namespace postrider::testing
