#pragma once

#include "lib/async/clock.h"
#include "lib/dispatch/link_shortener.h"
#include "lib/dispatch/privacy.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Short links by the long ones.
using LinkMap = std::map<std::string, std::string>;

/// The key of a message's metadata under which they are, as the Django package has it.
inline constexpr const char* url_mappings_key = "url_mappings";
/// The key where they are encrypted, as one value: a link may say as much as the text that it is from. Another
/// one, since the Django package would fail on a url_mappings that is no object.
inline constexpr const char* sealed_links_key = "postrider_links";

/// Those that somebody has written down under either.
LinkMap links_in(const boost::json::object& metadata, Privacy& privacy);
/// What is written down of them: encrypted, or not.
boost::json::object link_metadata(const LinkMap& links, const Privacy& privacy, bool sealed);

/// Makes the links of a message short, by the first service that answers. No service ever holds up a message
/// for long, or keeps it from being sent: one that does not answer in time is left alone for a while, and
/// the long link goes.
class LinkShortening {
public:
    static constexpr std::chrono::milliseconds answer_max{3000};
    static constexpr std::chrono::seconds rest{60};

    LinkShortening(Clock& clock, std::vector<std::unique_ptr<LinkShortener>> services);

    /// Whether there is nobody to ask.
    bool empty() const { return services_.empty(); }
    /// Whether a text has links that are not short.
    bool concerns(std::string_view text) const;

    /// Adds to `links` what the text has and `links` has not, as far as it can be had now; false if something
    /// is still missing. `about` is what a service may keep with a link.
    Task<bool> look_up(std::string_view text, LinkMap& links, const boost::json::object& about);

private:
    struct Service {
        std::unique_ptr<LinkShortener> shortener;
        TimePoint rests_until;
    };
    bool is_short(const std::string& link) const;
    Task<std::optional<std::string>> ask(std::string link, const boost::json::object& about);

    Clock& clock_;
    std::vector<Service> services_;
};

}  // namespace postrider
