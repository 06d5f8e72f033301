#include "lib/text/links.h"

#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(links) {
    std::map<std::string, std::string> same;
    for (const std::string& link : find_links(bytes)) {
        must_hold(bytes.find(link) != std::string_view::npos, "a link is in its text");
        same.emplace(link, link);
    }
    must_hold(replace_links(bytes, same) == bytes, "links made themselves change nothing");
    storable(std::string(bytes));
    must_hold(is_utf8(storable(std::string(bytes))), "what can be stored is text");
}

}  // namespace
}  // namespace postrider::testing
