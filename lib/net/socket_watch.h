#pragma once

#include "lib/async/task.h"

#include <functional>
#include <memory>
#include <unordered_map>

namespace postrider {

/// Waits for sockets that somebody else opens and closes. Loop thread only; may be destroyed at any
/// time, also from within `ready`.
class SocketWatch {
public:
    enum class Event { readable, writable, failed };
    using Ready = std::function<void(int socket, Event event)>;

    SocketWatch(Executor executor, Ready ready);
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;
    ~SocketWatch();

    /// From now on `ready` hears, again and again, when `socket` can be read or written as wanted.
    /// Replaces what was wanted of it before. `ready` is never called from within.
    void want(int socket, bool read, bool write);
    /// Before the socket is closed: `ready` hears no more of it.
    void forget(int socket);

private:
    struct Watched;
    static void wait(const std::shared_ptr<Watched>& watched);

    Executor executor_;
    std::shared_ptr<Ready> ready_;
    std::unordered_map<int, std::shared_ptr<Watched>> watched_;
};

}  // namespace postrider
