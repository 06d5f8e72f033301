#pragma once

#include "lib/config/site_channels.h"
#include "lib/health/check.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider {

/// The channels of the site's switchboard tables, as they were read last.
class Switchboard {
public:
    explicit Switchboard(std::vector<SiteChannel> rows);

    /// Takes over what was read anew; false if it is the same.
    bool update(std::vector<SiteChannel> rows);

    /// It cannot be read now; empty: it can. The channels stay as they are.
    void set_trouble(std::string trouble) { trouble_ = std::move(trouble); }

    const SiteChannels& channels() const { return channels_; }
    /// Nothing where the site has none.
    std::optional<Check> check() const;

private:
    std::vector<SiteChannel> rows_;
    SiteChannels channels_;
    std::string trouble_;
};

}  // namespace postrider
