#include "shorteners/short_link.h"

#include "lib/net/header_line.h"
#include "lib/text/json_object.h"
#include "lib/text/links.h"

namespace postrider {

std::string authority_of(std::string_view link) {
    const auto scheme = link.find("://");
    if (scheme == std::string_view::npos) return "";
    const std::string_view rest = link.substr(scheme + 3);
    return lower_case(rest.substr(0, rest.find_first_of("/?#")));
}

std::optional<std::string> read_short_link(const HttpResult& result, std::string_view key) {
    if (result.exchange != Exchange::answered || result.answer.status / 100 != 2) return std::nullopt;
    const boost::json::object answer = parse_json_object(result.answer.body);
    std::string link = text_at(answer, key);
    // It goes into a message as it is: one link, and nothing else.
    const auto links = find_links(link);
    if (links.size() != 1 || links.front() != link) return std::nullopt;
    return link;
}

}  // namespace postrider
