#pragma once

#include "lib/async/task.h"

#include <cstdint>
#include <memory>
#include <string>

namespace postrider::testing {

/// A client's end of a TLS connection to 127.0.0.1 that believes whatever certificate it is shown.
class TlsConnection {
public:
    virtual ~TlsConnection() = default;
    /// The common name of the server's certificate.
    virtual std::string server_name() const = 0;
    /// As "TLSv1.3".
    virtual std::string version() const = 0;
    virtual Task<> write(std::string bytes) = 0;
    /// A header, and as many bytes more as its Content-Length says; or what came until the other side closed.
    virtual Task<std::string> read_message() = 0;
    virtual Task<std::string> read_all() = 0;
};

/// Nothing, if the server does not agree. `version_max` as OpenSSL counts them: 0x0303 is TLS 1.2.
Task<std::unique_ptr<TlsConnection>> tls_connect(std::uint16_t port, int version_max = 0x0304);

}  // namespace postrider::testing
