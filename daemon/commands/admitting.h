#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/database_clock.h"
#include "lib/config/config.h"
#include "lib/dispatch/admission.h"
#include "lib/dispatch/dispatcher.h"
#include "lib/net/http_client.h"
#include "lib/net/smtp_client.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace postrider {

/// Decides where messages go as a daemon of this configuration does, in a command: nothing is sent.
class Admitting {
public:
    /// `channels`: those of the file and of the site.
    Admitting(const Config& config, const std::vector<ChannelConfig>& channels, const Secret& hash_salt);

    Privacy& privacy() { return privacy_; }
    Admission& admission() { return *admission_; }
    const DispatchSettings& settings() const { return settings_; }
    /// One of the channels that were given.
    const Channel* channel(const std::string& name) const;

private:
    // What transports are made with; they are asked what they take, and no more.
    boost::asio::io_context io_{1};
    std::unique_ptr<HttpClient> http_ = make_http_client(io_.get_executor());
    std::unique_ptr<SmtpClient> smtp_ = make_smtp_client(io_.get_executor());
    DatabaseClock clock_{io_.get_executor()};
    BlockingPool files_{1};
    DispatchSettings settings_;
    Privacy privacy_;
    std::unique_ptr<Admission> admission_;
};

}  // namespace postrider
