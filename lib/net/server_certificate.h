#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace postrider {

/// Where a server's certificate lies, in PEM.
struct CertificateFiles {
    std::string certificate;  ///< the server's own first, then those that lead to its authority
    std::string key;          ///< of the first certificate; without a passphrase

    bool operator==(const CertificateFiles&) const = default;
};

/// A certificate with its private key, ready to serve TLS 1.2 and 1.3. Immutable.
class ServerCertificate {
public:
    virtual ~ServerCertificate() = default;
    /// When the server's own certificate ends.
    virtual std::chrono::sys_seconds expires() const = 0;
    /// The hash of its public key, as HttpRequest::pinned_key takes it.
    virtual std::string key_pin() const = 0;
};

struct CertificateFault {
    bool of_key = false;  ///< else of the certificate's file
    std::string what;     ///< follows the name of a setting; holds file names, nothing of their content
};

/// Reads and checks both files, of at most 1 MiB. Whether anybody trusts the certificate, and whether it has
/// expired, is not asked. Blocks for the time of two small reads.
boost::system::result<std::shared_ptr<const ServerCertificate>, CertificateFault> read_server_certificate(
    const CertificateFiles& files);

}  // namespace postrider
