#pragma once

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace postrider::testing {

/// Stands between a client and the server's socket and, when asked, forwards nothing more without
/// closing anything: a link that has died without a word.
class StallableProxy {
public:
    /// Listens in a new folder inside that of the cluster.
    StallableProxy();
    StallableProxy(const StallableProxy&) = delete;
    ~StallableProxy();

    /// A conninfo that leads through it.
    std::string url(const std::string& database, const std::string& role) const;

    /// Links that exist are dead from now on; new ones work.
    void stall_links();

private:
    struct Listener;
    std::filesystem::path folder_;
    boost::asio::io_context io_{1};
    std::unique_ptr<Listener> listener_;
    std::thread thread_;
};

}  // namespace postrider::testing
