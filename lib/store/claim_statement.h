#pragma once

#include <string>

namespace postrider {

/// SQL that journals an attempt for each message that may go now, with the key and the moment that were
/// asked for, and tells which messages and attempts. Fails where it meets an attempt that is open and that
/// it could not see before.
std::string claim_sql();

/// The same for then, with the same parameters. The daemon that asks with the key of its own open attempt
/// gets that attempt: the first answer was lost, so nothing was sent yet, and what the row says now is
/// what will be. Tells the key and the moment of first sending too. Costs a fifth more.
std::string claim_again_sql();

}  // namespace postrider
