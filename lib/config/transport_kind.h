#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/async/clock.h"
#include "lib/dispatch/transport.h"
#include "lib/inbound/mail_reader.h"
#include "lib/inbound/receiver.h"
#include "lib/net/http_client.h"
#include "lib/net/smtp_client.h"

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

class SettingsReader;

/// What a transport may use; all of it outlives the transport.
struct TransportParts {
    HttpClient& http;
    SmtpClient& smtp;
    Clock& clock;
    BlockingPool& files;  ///< for what waits for a disk
    /// Where the provider can reach us with reports of what the channel sends; empty: nowhere.
    std::string report_url{};
};

/// Makes the transport of one channel from settings that have been checked.
using MakeTransport = std::function<std::unique_ptr<Transport>(const TransportParts&)>;

/// What a channel is made of, from settings that have been checked.
struct ChannelMakers {
    MakeTransport transport{};
    std::shared_ptr<const Receiver> receiver{};       ///< none: the channel takes no webhooks
    std::shared_ptr<const MailReader> mail_reader{};  ///< none: the channel takes no mail

    ChannelMakers() = default;
    /// A channel that only sends: anything that MakeTransport is made of.
    template <class Make>
        requires std::constructible_from<MakeTransport, Make> ChannelMakers(Make make)
            : transport(std::move(make)) {}
        template <class Make>
        ChannelMakers(Make make, std::shared_ptr<const Receiver> its_receiver)
            : transport(std::move(make)), receiver(std::move(its_receiver)) {}
};

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
    virtual ChannelMakers read_settings(SettingsReader& channel) const = 0;
};

using TransportKinds = std::vector<const TransportKind*>;

}  // namespace postrider
