#include "lib/net/certificate_watch.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"

#include <utility>

namespace postrider {

CertificateWatch::CertificateWatch(Executor executor, CertificateFiles files,
                                   std::shared_ptr<const ServerCertificate> current, Taken taken,
                                   std::chrono::milliseconds look_every)
    : files_(std::move(files)),
      current_(std::move(current)),
      taken_(std::move(taken)),
      look_every_(look_every),
      look_now_(executor) {}

Task<> CertificateWatch::run() {
    for (;;) {
        const bool asked = std::exchange(asked_, false);
        const auto work = [files = files_, known = asked ? std::nullopt : used_] {
            return look(files, known);
        };
        Look found = co_await thread_.run(work);
        judge(std::move(found), asked);
        co_await ends_within(look_every_, look_now_.wait());
    }
}

void CertificateWatch::look_now(CertificateFiles files) {
    files_ = std::move(files);
    asked_ = true;
    look_now_.ring();
}

CertificateWatch::FileStamp CertificateWatch::stamp_of(const std::string& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return {};
    const auto ns = [](const timespec& time) {
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size), ns(found.st_mtim),
            ns(found.st_ctim)};
}

/// The stamp first: what changes while we read is seen the next time.
CertificateWatch::Look CertificateWatch::look(const CertificateFiles& files,
                                              const std::optional<Stamp>& known) {
    Look found{{stamp_of(files.certificate), stamp_of(files.key)}, {}};
    if (known != found.stamp) found.read = read_server_certificate(files);
    return found;
}

void CertificateWatch::judge(Look look, bool asked) {
    if (!look.read) {
        trouble_.clear();  // those of before are back
        refused_.reset();
    } else if (*look.read) {
        if (used_ || asked) log::info("certificate read again");
        used_ = look.stamp;
        refused_.reset();
        trouble_.clear();
        current_ = std::move(**look.read);
        taken_(current_);
    } else {
        // Two files are not replaced at once: a certificate whose key is still to come is no news.
        const bool certain = asked || refused_ == look.stamp;
        refused_ = look.stamp;
        const std::string& what = look.read->error().what;
        if (!certain || trouble_ == what) return;
        trouble_ = what;
        log::error("certificate refused; the old one stays", {{"problem", what}});
    }
}

}  // namespace postrider
