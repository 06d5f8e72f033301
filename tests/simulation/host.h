#pragma once

#include "lib/dispatch/dispatcher.h"
#include "tests/simulation/links.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::simulation {

/// A channel of every daemon, and the provider behind it.
struct Route {
    Channel channel;
    Provider* provider = nullptr;
    std::size_t units_max = 1000000;
};

/// A machine on which one daemon after the other lives.
class Host {
public:
    Host(World& world, std::string name, std::vector<Route> routes, const WindowLimits& window);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    void start();
    /// As by kill -9: whatever was under way in the process is gone, at once.
    void crash();
    /// As by SIGTERM.
    void stop_gently();
    void freeze();
    void thaw();
    /// Its way to the database is broken; the server ends its sessions.
    void cut();
    void mend();
    /// Its idea of the database's time is wrong by so much.
    void set_skew(std::chrono::microseconds skew);

    bool alive() const { return life_ != nullptr; }
    /// The doorbell, unless it cannot hear it.
    void ring(TimePoint from);

    /// Runs one step of the daemon; false if there is nothing to run now.
    bool step();
    /// When it wakes next, in true time.
    TimePoint next_at() const;
    /// True time has gone on.
    void sync_clocks();

    /// Whatever `blow` does, it does once the daemon comes to that moment: between two steps of it.
    void lie_in_wait(Moment moment, std::function<void()> blow) { ambush_ = {moment, std::move(blow)}; }
    void disarm();

    /// So many steps from now it crashes.
    std::optional<std::uint64_t> crashes_in;
    /// Results that its disk keeps.
    const Disk& disk() const { return disk_; }

private:
    struct Life;
    void end_life();

    World& world_;
    std::string name_;
    std::vector<Route> routes_;
    WindowLimits window_;
    Disk disk_;
    std::unique_ptr<Life> life_;
    std::chrono::microseconds skew_{0};
    bool frozen_ = false;
    struct Ambush {
        Moment moment{};
        std::function<void()> blow;
    };
    std::optional<Ambush> ambush_;
    bool struck_ = false;
    std::uint64_t lives_ = 0;
};

}  // namespace postrider::simulation
