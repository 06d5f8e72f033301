#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postrider::testing {

/// A server on a free port of 127.0.0.1 that says to each connection what bytes a test wants, on a thread of the
/// connection's own: also without end, or one now and then.
class ByteServer {
public:
    /// To whoever has asked.
    class Connection {
    public:
        Connection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}
        /// False once nobody takes it any more.
        bool write(std::string_view bytes);
        /// A whole answer.
        void answer(int status, const std::string& content_type, const std::string& body,
                    const std::string& more_headers = "");
        void redirect(const std::string& location) { answer(302, "text/plain", "", "Location: " + location); }
        /// False if the server ended meanwhile.
        bool pause(std::chrono::milliseconds span) const;

    private:
        int socket_;
        const std::atomic<bool>& stopping_;
    };
    /// `path`: with its query.
    using Serve = std::function<void(const std::string& path, Connection& connection)>;

    /// What `serve` refers to outlives the server.
    explicit ByteServer(Serve serve);
    ByteServer(const ByteServer&) = delete;
    ByteServer& operator=(const ByteServer&) = delete;
    ~ByteServer();

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// How many have connected.
    std::size_t connections() const { return connections_; }
    /// Heads of requests so far, request line and headers.
    std::vector<std::string> requests() const;
    std::size_t requests_of(const std::string& path) const;

private:
    void accept();
    void play(int socket);

    Serve serve_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> connections_{0};
    mutable std::mutex mutex_;  // guards what follows
    std::vector<std::string> requests_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace postrider::testing
