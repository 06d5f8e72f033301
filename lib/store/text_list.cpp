#include "lib/store/text_list.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace postrider {

namespace json = boost::json;

std::string to_text_list(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& each : texts) list.emplace_back(each);
    return json::serialize(list);
}

std::vector<std::string> read_text_list(std::string_view text) {
    std::vector<std::string> texts;
    boost::system::error_code failed;
    const json::value read = json::parse({text.data(), text.size()}, failed);
    if (failed || !read.is_array()) return texts;
    for (const json::value& each : read.get_array()) {
        if (each.is_string()) texts.emplace_back(each.get_string());
    }
    return texts;
}

}  // namespace postrider
