#pragma once

#include "lib/async/task.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace postrider {

/// A service that makes short links of long ones. Used on the loop thread only.
class LinkShortener {
public:
    virtual ~LinkShortener() = default;

    /// Its name in logs.
    virtual std::string name() const = 0;
    /// Whether a link is one of its own: short already.
    virtual bool is_own(const std::string& link) const = 0;
    /// The short link, or nullopt if it cannot be had now. `about` is what the service may keep with it.
    /// Throws for bugs only. Cancelled, it leaves nothing running.
    virtual Task<std::optional<std::string>> shorten(std::string link, boost::json::object about) = 0;
};

}  // namespace postrider
