#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/clock.h"
#include "lib/dispatch/transport.h"
#include "lib/net/http_client.h"
#include "lib/net/smtp_client.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace postrider {

class SettingsReader;

/// What a transport may use; all of it outlives the transport.
struct TransportParts {
    HttpClient& http;
    SmtpClient& smtp;
    Clock& clock;
    BlockingPool& files;  ///< for what waits for a disk
};

/// Makes the transport of one channel from settings that have been checked.
using MakeTransport = std::function<std::unique_ptr<Transport>(const TransportParts&)>;

/// A setting under its name in the configuration of a site's switchboard.
struct SiteKey {
    std::string_view key;  ///< ours
    std::string_view site_key;
    std::string_view otherwise = {};  ///< its value where the site says nothing; empty: as in a file
};

/// A kind of provider, as configuration meets it. One const object for each folder of transports/.
class TransportKind {
public:
    virtual ~TransportKind() = default;
    /// The value of a channel's `transport`.
    virtual std::string_view name() const = 0;
    /// How long a message may wait for its success, unless the channel says otherwise.
    virtual std::chrono::seconds expire_after() const { return std::chrono::hours{4}; }
    /// The Django package whose channels in a site's switchboard are of this kind; empty: there is none.
    virtual std::string_view site_package() const { return {}; }
    /// The keys of its configuration there.
    virtual std::vector<SiteKey> site_keys() const { return {}; }
    /// Reads and checks the keys of a channel that are this kind's own; problems go to the reader.
    virtual MakeTransport read_settings(SettingsReader& channel) const = 0;
};

using TransportKinds = std::vector<const TransportKind*>;

}  // namespace postrider
