#include "lib/net/socket_watch.h"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace postrider {

namespace asio = boost::asio;
using boost::system::error_code;

/// Lives as long as a wait for it is queued, which may be longer than the socket.
struct SocketWatch::Watched {
    Watched(const Executor& executor, int watched_socket, std::shared_ptr<Ready> listener)
        : descriptor(executor), socket(watched_socket), ready(std::move(listener)) {
        error_code failed;
        descriptor.assign(socket, failed);  // if it fails, what the socket is for runs into its time limit
    }
    ~Watched() { forget(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    void forget() {
        read = write = false;
        if (descriptor.is_open()) descriptor.release();  // not ours to close
    }

    asio::posix::stream_descriptor descriptor;
    const int socket;
    std::shared_ptr<Ready> ready;
    bool read = false;
    bool write = false;
    bool reading = false;
    bool writing = false;
};

SocketWatch::SocketWatch(Executor executor, Ready ready)
    : executor_(std::move(executor)), ready_(std::make_shared<Ready>(std::move(ready))) {}

SocketWatch::~SocketWatch() {
    for (auto& [socket, watched] : watched_) watched->forget();
}

void SocketWatch::want(int socket, bool read, bool write) {
    auto& watched = watched_[socket];
    if (!watched) watched = std::make_shared<Watched>(executor_, socket, ready_);
    watched->read = read;
    watched->write = write;
    wait(watched);
}

void SocketWatch::forget(int socket) {
    const auto found = watched_.find(socket);
    if (found == watched_.end()) return;
    found->second->forget();
    watched_.erase(found);
}

void SocketWatch::wait(const std::shared_ptr<Watched>& watched) {
    const auto arm = [&watched](auto type, Event event, bool Watched::*wanted, bool Watched::*waiting) {
        if (!(*watched.*wanted) || *watched.*waiting) return;
        *watched.*waiting = true;
        watched->descriptor.async_wait(type, [watched, event, wanted, waiting](error_code error) {
            *watched.*waiting = false;
            // Wishes may have changed while this was queued.
            if (error == asio::error::operation_aborted || !(*watched.*wanted)) return;
            (*watched->ready)(watched->socket, error ? Event::failed : event);
            if (!error) wait(watched);
        });
    };
    arm(asio::posix::stream_descriptor::wait_read, Event::readable, &Watched::read, &Watched::reading);
    arm(asio::posix::stream_descriptor::wait_write, Event::writable, &Watched::write, &Watched::writing);
}

}  // namespace postrider
