#pragma once

#include "lib/config/config.h"
#include "lib/net/http_client.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace postrider {

/// Where a daemon says how it is.
struct StatusPlace {
    std::string url;
    std::string pinned_key = {};  ///< of its certificate, which names no address of this host; empty: any
};

/// The configured daemon's, as seen from this host.
StatusPlace local_status(const ListenConfig& listen);

HttpResult fetch_status(const StatusPlace& place, std::string_view accepted, std::chrono::seconds timeout);

/// What a running daemon says of itself, for commands that can do without.
class LiveStatus {
public:
    /// Asks at `url`; where that is empty, at the configured daemon's.
    static LiveStatus ask(const ListenConfig& listen, const std::string& url);

    bool answered() const { return trouble_.empty(); }
    /// "the daemon at … says", or why nobody does.
    std::string describe() const;
    /// A check of its status, `{name, status, text, …}`; null if there is none.
    const boost::json::object* check(std::string_view name) const;

private:
    std::string url_;
    std::string trouble_;
    boost::json::object document_;
};

}  // namespace postrider
