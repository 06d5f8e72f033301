#pragma once

#include "lib/async/task_group.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace postrider::testing {

/// One end of a TCP connection that says and hears exactly what a test wants. Reading ends quietly where
/// the other side closes or resets.
class RawConnection {
public:
    explicit RawConnection(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    /// Up to the empty line, and with it.
    Task<std::string> read_header();
    /// A header, and as many bytes more as its Content-Length says.
    Task<std::string> read_message();
    /// All until the other side closes.
    Task<std::string> read_all();
    Task<> write(std::string bytes);
    /// False once a write has failed; another might then wait for ever.
    bool can_write() const { return can_write_; }
    void close();

private:
    /// False once nothing more comes.
    Task<bool> read_some();
    std::string take(std::size_t count);

    boost::asio::ip::tcp::socket socket_;
    std::string unread_;
    bool can_write_ = true;
};

/// A connection to 127.0.0.1.
Task<std::unique_ptr<RawConnection>> raw_connect(std::uint16_t port);

/// Listens on 127.0.0.1 and lets `serve` play the server on each connection, the first having index 0. A
/// connection is closed when its `serve` ends.
class RawPeer {
public:
    using Serve = std::function<Task<>(RawConnection& connection, int index)>;

    /// The peer must outlive the group's tasks.
    RawPeer(Executor executor, TaskGroup& group, Serve serve);

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    int connections() const { return connections_; }

private:
    Task<> accept();
    Task<> play(boost::asio::ip::tcp::socket socket, int index);

    TaskGroup& group_;
    Serve serve_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    int connections_ = 0;
};

}  // namespace postrider::testing
