#include "lib/inbound/application_reply.h"

#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>

namespace postrider {

namespace {

constexpr std::size_t texts_max = 10;

}  // namespace

ApplicationReply read_application_reply(std::string_view body) {
    ApplicationReply reply;
    const boost::json::object object = parse_json_object(body);
    const boost::json::value* const found = object.if_contains("replies");
    if (!found || found->is_null()) return reply;
    if (!found->is_array()) {
        reply.fault = "its \"replies\" are no list of texts";
        return reply;
    }
    if (found->get_array().size() > texts_max) {
        reply.fault = "its \"replies\" are more than ten";
        return reply;
    }
    for (const boost::json::value& each : found->get_array()) {
        if (!each.is_string()) return {{}, "its \"replies\" are no list of texts"};
        std::string text = storable(std::string(each.get_string()));
        if (!text.empty()) reply.texts.push_back(std::move(text));
    }
    return reply;
}

}  // namespace postrider
