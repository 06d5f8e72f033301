#pragma once

#include "lib/async/task_group.h"
#include "lib/config/config.h"
#include "lib/health/check.h"
#include "lib/net/certificate_watch.h"
#include "lib/net/http_server.h"

#include <memory>
#include <vector>

namespace postrider {

/// The way in, as `listen` has it: the HTTP server, its certificate, and whom it limits.
class Listener {
public:
    /// Binds at once. Throws boost::system::system_error if the address cannot be listened on, and
    /// std::runtime_error if the certificate cannot be used any more.
    Listener(Executor executor, const ListenConfig& config, RequestHandler handler);

    /// Runs in `tasks` until they are cancelled; the listener outlives them.
    void start(TaskGroup& tasks);

    /// Reads the certificate again, and takes the rules; address, port, and TLS or not stay as they are.
    void reconfigure(const ListenConfig& config);

    std::uint16_t port() const { return server_->port(); }
    std::vector<Check> checks() const;

private:
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<CertificateWatch> certificate_;  // none: plain HTTP
};

}  // namespace postrider
