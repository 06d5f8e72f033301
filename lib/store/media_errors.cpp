#include "lib/store/media_errors.h"

#include "lib/text/json_object.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace postrider {

namespace {

namespace json = boost::json;

constexpr std::string_view key = "media_errors";

json::array errors_in(const std::string& metadata) {
    const auto text = JsonObjectText::read(metadata);
    if (!text) return {};
    boost::system::error_code failed;
    const json::value errors = json::parse(text->find(key).value_or(""), failed);
    return !failed && errors.is_array() ? errors.get_array() : json::array();
}

bool concerns(const json::value& error, const std::set<int>& indices) {
    const auto* const object = error.if_object();
    const json::value* const index = object != nullptr ? object->if_contains("index") : nullptr;
    return index != nullptr && index->is_int64() && indices.contains(static_cast<int>(index->get_int64()));
}

}  // namespace

std::string with_media_error(const std::optional<std::string>& metadata, int index,
                             const std::string& reason) {
    json::array errors = errors_in(metadata.value_or(""));
    errors.push_back(json::object{{"index", index}, {"error", reason}});
    return splice_metadata(metadata, json::object{{key, std::move(errors)}});
}

std::string without_media_errors(const std::string& metadata, const std::set<int>& indices) {
    const json::array before = errors_in(metadata);
    json::array left;
    for (const json::value& error : before) {
        if (!concerns(error, indices)) left.push_back(error);
    }
    if (left.size() == before.size()) return metadata;
    if (!left.empty()) return splice_metadata(metadata, json::object{{key, std::move(left)}});
    JsonObjectText text = JsonObjectText::read(metadata).value();
    text.erase(key);
    return text.text();
}

}  // namespace postrider
