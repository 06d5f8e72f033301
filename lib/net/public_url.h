#pragma once

#include <string>
#include <string_view>

namespace postrider {

// `public_url` is how the outside world reaches us (listen.public_url): scheme, host and perhaps a path, the
// prefix (`/messages` of `https://host.example/messages`). A reverse proxy may pass the prefix on to us, or take
// it off; these two work for both, by looking whether it is there. A prefix counts as whole segments only.

/// The path that a route looks for: `path` without the prefix, and `path` itself where it does not begin with
/// it. Never empty. Points into `path`, or at a literal.
///
/// A proxy that takes the prefix off may leave a path that begins with the same word (`/media/x`, the prefix
/// being `/media`): whoever serves such a path looks at what is left first, and then at `path` itself.
std::string_view path_without_prefix(std::string_view path, std::string_view public_url);

/// The whole URL under which the outside world asked for `target` (path and query as received, not decoded):
/// what providers sign. Empty without a `public_url`.
std::string public_target_url(std::string_view public_url, std::string_view target);

}  // namespace postrider
