#pragma once

namespace postrider::advisory {

/// Key spaces of our advisory locks: the first of their two keys ("Post" in ASCII, and on).
inline constexpr int daemons = 0x506f7374;    ///< second key: the daemon's id
inline constexpr int migration = 0x506f7375;  ///< second key: 1

}  // namespace postrider::advisory
