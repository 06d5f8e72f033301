#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postrider::testing {

/// A port of 127.0.0.1 whose queue is full: who connects waits for the connection to be taken, until it is
/// opened. All members: any thread.
class FullPort {
public:
    FullPort();
    FullPort(const FullPort&) = delete;
    FullPort& operator=(const FullPort&) = delete;
    ~FullPort();

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// Takes every connection from now on, reads what comes, and answers nothing. Once only.
    void open();
    /// All that came.
    std::string heard() const;

private:
    void take_and_read();

    int listener_;
    int filler_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ends_{false};
    mutable std::mutex mutex_;  // guards heard_
    std::string heard_;
    std::thread thread_;
};

}  // namespace postrider::testing
