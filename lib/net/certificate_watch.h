#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/wakeup.h"
#include "lib/net/server_certificate.h"

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// Looks whether a certificate's files have been replaced, as certbot does, and reads them again. What is read
/// and is not sound is refused: the one of before stays in use. Loop thread only; files are read on a thread.
class CertificateWatch {
public:
    using Taken = std::function<void(std::shared_ptr<const ServerCertificate>)>;

    /// `current` is in use; `taken` is called with each that follows it.
    CertificateWatch(Executor executor, CertificateFiles files,
                     std::shared_ptr<const ServerCertificate> current, Taken taken,
                     std::chrono::milliseconds look_every = std::chrono::seconds{2});

    /// Until cancelled.
    Task<> run();
    /// Reads them now, also if they look unchanged.
    void look_now(CertificateFiles files);

    /// When the one in use ends.
    std::chrono::sys_seconds expires() const { return current_->expires(); }
    /// Why files that are there are not used; empty if they are.
    const std::string& trouble() const { return trouble_; }

private:
    /// Changes with any change to the files, whoever made it.
    struct FileStamp {
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified_ns = 0, changed_ns = 0;
        bool operator==(const FileStamp&) const = default;
    };
    using Stamp = std::array<FileStamp, 2>;
    struct Look {
        Stamp stamp;
        std::optional<boost::system::result<std::shared_ptr<const ServerCertificate>, CertificateFault>> read;
    };
    static FileStamp stamp_of(const std::string& file);
    static Look look(const CertificateFiles& files, const std::optional<Stamp>& known);
    void judge(Look look, bool asked);

    CertificateFiles files_;
    std::shared_ptr<const ServerCertificate> current_;
    Taken taken_;
    std::chrono::milliseconds look_every_;
    Wakeup look_now_;
    BlockingPool thread_{1};
    bool asked_ = false;
    std::optional<Stamp> used_;     // of the files of the one in use
    std::optional<Stamp> refused_;  // of the files that were refused last
    std::string trouble_;
};

}  // namespace postrider
