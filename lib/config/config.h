#pragma once

#include "lib/config/transport_kind.h"
#include "lib/health/alert_policy.h"
#include "lib/inbound/forward_endpoint.h"
#include "lib/jobs/job.h"
#include "lib/log/log.h"
#include "lib/model/channel.h"
#include "lib/model/encryption.h"
#include "lib/model/private.h"
#include "lib/model/retention.h"
#include "lib/model/route.h"
#include "lib/net/server_certificate.h"
#include "lib/net/signed_post.h"
#include "lib/quicksilver/site_task.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

struct DatabaseConfig {
    /// A libpq URI or conninfo; may hold a password, so it is a secret as a whole.
    Secret url;
    unsigned pool_size = 4;                  ///< 1 to 64
    std::chrono::milliseconds settle{2000};  ///< how long a row rests before it may go
    bool notify = true;                      ///< whether inserts ring the doorbell
    bool guard = true;                       ///< protects sent rows from a second sender
};

/// What may leave at all.
enum class Delivery {
    live,
    hold,  ///< nothing
    only,  ///< only to `Config::only_to`
};

struct ListenConfig {
    std::string address = "127.0.0.1";                      ///< numeric, without brackets
    std::uint16_t port = 8425;                              ///< 0: any free one (for trials)
    std::string public_url;                                 ///< as providers see us; empty: unknown
    std::vector<std::string> trusted_proxies{"127.0.0.1"};  ///< numeric, in their usual form
    std::optional<CertificateFiles>
        tls;                            ///< whole paths of files that were sound when read; none: plain HTTP
    unsigned refusals_per_minute = 30;  ///< of one address; 0: as many as it likes
};

struct ChannelConfig {
    Channel channel;
    ChannelMakers makers{};

    /// Whether what comes in by webhook may be for it.
    bool takes_webhooks() const { return makers.receiver && !channel.not_served; }
};

struct SpoolConfig {
    std::string path;  ///< a folder, absolute; empty: the default, which may be missing
};

/// Services that make long links short; those that are not set are not asked.
struct LinksConfig {
    std::string create_url;                  ///< of the Django package's own shortener
    std::optional<Secret> signing_key = {};  ///< 32 raw bytes, for it
    std::optional<Secret> bitly_token = {};
    std::string bitly_url = "https://api-ssl.bitly.com";

    bool operator==(const LinksConfig&) const = default;
};

struct MediaConfig {
    std::string root = "/var/lib/postrider/media";  ///< a folder, absolute
    /// Of files that came with messages and are at a provider: how large one may be, how long a try may take,
    /// and for how long is tried.
    unsigned fetch_megabytes_max = 25;
    std::chrono::milliseconds fetch_timeout = std::chrono::seconds{60};
    std::chrono::milliseconds fetch_expire = std::chrono::hours{4};
};

/// What backups are sealed with.
struct BackupConfig {
    std::optional<Secret> secret_key = {};  ///< 32 raw bytes
    std::vector<Secret> old_keys = {};      ///< of earlier backups

    /// All that may open one, the current first.
    std::vector<Secret> keys() const {
        std::vector<Secret> all = old_keys;
        if (secret_key) all.insert(all.begin(), *secret_key);
        return all;
    }
};

struct StatusConfig {
    std::vector<std::string> allowed_hosts{"127.0.0.1", "::1"};  ///< numeric, in their usual form
    std::chrono::milliseconds lag_warning = std::chrono::seconds{60};
    std::chrono::milliseconds lag_critical = std::chrono::minutes{5};
};

/// Who is told of what the status says. Each daemon tells of itself.
struct AlertConfig {
    AlertRules rules;
    std::string channel;      ///< by which the addresses are reached; empty: by none
    std::vector<Address> to;  ///< empty only without a channel
    std::optional<WebhookEndpoint> webhook = {};
};

struct LogConfig {
    log::Level level = log::Level::info;
    log::Format format = log::Format::text;
};

/// Plain, complete, checked once read: after this nobody meets YAML again.
struct Config {
    DatabaseConfig database;
    Delivery delivery = Delivery::live;
    std::vector<Address> only_to;
    std::chrono::milliseconds lateness_max = std::chrono::hours{24};
    ListenConfig listen;
    EncryptionSettings encryption;
    std::string phone_region = "US";  ///< is_phone_region
    std::string time_zone = "UTC";
    std::vector<Limit> limits;            ///< rates that channels share; names are unique
    std::vector<ChannelConfig> channels;  ///< in the file's order; names are unique
    std::vector<Route> routes;  ///< in the file's order; their patterns compile, their channels are there
    std::vector<ForwardEndpoint> forward;  ///< names are unique
    bool switchboard = true;
    LinksConfig shorten_links;
    MediaConfig media;
    SpoolConfig spool;
    BackupConfig backup;
    RetentionRules retention;
    std::vector<JobDefinition> jobs;  ///< names are unique
    std::chrono::hours job_history{24 * 30};
    std::optional<SiteTaskSettings> quicksilver;  ///< nothing: the site runs its own tasks
    StatusConfig status;
    AlertConfig alerts;
    LogConfig log;
};

/// Something about a file, and where: lines and columns count from 1; 0 is the file as a whole.
struct Problem {
    int line = 0;
    int column = 0;
    std::string what;

    bool operator==(const Problem&) const = default;
};

}  // namespace postrider
