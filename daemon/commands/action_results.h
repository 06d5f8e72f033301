#pragma once

#include "lib/store/message_actions.h"

#include <vector>

namespace postrider {

/// Says what came of an action: line by line while they are few, else counted by what was said; or all
/// of it as JSON. The exit code: failed if one of them was refused.
int report_results(const std::vector<ActionResult>& results, bool json);

}  // namespace postrider
