#include "lib/spool/suppression_json.h"

#include <boost/json/array.hpp>

#include <stdexcept>

namespace postrider {

namespace json = boost::json;

json::object to_object(const SuppressionChange& change) {
    json::array recipient;
    for (const auto byte : change.recipient) recipient.emplace_back(static_cast<std::int64_t>(byte));
    json::object to;
    to["recipient"] = std::move(recipient);
    to["channel"] = change.channel;
    to["suppressed"] = change.suppressed;
    to["address"] = change.address;
    to["cause"] = change.cause;
    return to;
}

SuppressionChange suppression_of(const json::object& from) {
    SuppressionChange change;
    const json::array& recipient = from.at("recipient").as_array();
    if (recipient.size() != change.recipient.size()) throw std::out_of_range("recipient");
    for (std::size_t i = 0; i < recipient.size(); ++i)
        change.recipient[i] = static_cast<Hash::value_type>(recipient[i].as_int64());
    change.channel = std::string(from.at("channel").as_string());
    change.suppressed = from.at("suppressed").as_bool();
    change.address = std::string(from.at("address").as_string());
    change.cause = std::string(from.at("cause").as_string());
    return change;
}

}  // namespace postrider
