#include "tests/simulation/rights.h"

#include "lib/text/splitting.h"

#include <fmt/format.h>

#include <vector>

namespace postrider::simulation {

std::optional<std::string> Rights::objection(const PreparedRequest& request, std::size_t units_max,
                                             TimePoint now) const {
    const auto found = granted_.find(request.attempt.id);
    if (found == granted_.end()) return fmt::format("\"{}\" leaves unclaimed", request.text.reveal());
    const Right& right = found->second;
    if (now > leases_.at(right.daemon))
        return fmt::format("attempt {} leaves after the lease under which it was claimed", found->first);
    std::vector<std::string> parts{right.row_text};
    if (right.row_text.size() > units_max) parts = split_text(right.row_text, units_max);
    const auto part = static_cast<std::size_t>(request.part) - 1;
    if (part >= parts.size() || parts[part] != request.text.reveal())
        return fmt::format("\"{}\" leaves, and the row said \"{}\" when it was claimed",
                           request.text.reveal(), right.row_text);
    return std::nullopt;
}

}  // namespace postrider::simulation
