#include "lib/net/foreign_url.h"

#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

/// A URL, and what a server there says in a redirect.
POSTRIDER_FUZZ(foreign_url) {
    const std::string_view first = take_line(bytes);
    const auto url = parse_foreign_url(first);
    if (!url) return;
    must_hold(parse_foreign_url(url->text()) == url, "put together again, it is the same");
    must_hold(url->host.find_first_of("@/\\#?% ") == std::string::npos, "no host is more than a host");
    must_hold(url->target.starts_with('/'), "what is asked for begins with a slash");
    if (const auto next = url->resolve(bytes))
        must_hold(parse_foreign_url(next->text()) == next, "where it leads is a URL, too");
    is_host(url->host, bytes);
}

}  // namespace
}  // namespace postrider::testing
