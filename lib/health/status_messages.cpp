#include "lib/health/status_messages.h"

#include <algorithm>

namespace postrider {

void say(Check& check, const StatusMessage& message, const std::string& said) {
    check.health = worse_of(check.health, message.health);
    check.text += (check.text.empty() ? "" : "; ") + said;
    check.messages.emplace_back(message.id);
}

}  // namespace postrider
