#pragma once

#include "lib/model/private.h"
#include "lib/model/route.h"
#include "lib/text/pattern.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The rules that choose a message's channel before anything else does: the operator's, and after them
/// one of our own, which leaves `dialog:` texts to the site.
class Routing {
public:
    struct Rule {
        std::optional<Pattern> destination;
        std::optional<Pattern> message;
        std::string channel;      ///< empty: the message is left alone
        std::string left_reason;  ///< then, why: a fixed text for each rule
    };

    /// Throws std::invalid_argument for a pattern that does not compile: who read the rules has tried.
    explicit Routing(const std::vector<Route>& routes);

    /// The first rule that matches; null for none. A value that could not be decrypted (nullopt)
    /// matches no pattern. Lives as long as the routing.
    const Rule* first_match(std::optional<std::string_view> destination,
                            std::optional<std::string_view> text) const;

private:
    std::vector<Rule> rules_;
};

}  // namespace postrider
