#pragma once

#include "lib/async/clock.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>

// What Twilio's lists have in common: how pages are asked for, and how they are read. What cannot be asked or
// understood throws std::runtime_error, in our own words and without numbers or texts.
namespace postrider::twilio {

[[noreturn]] void fail_listing(const std::string& what);

std::string messages_path(const Settings& settings);  ///< of the list of an account's messages

/// `url`: at base_url.
HttpRequest list_request(std::string url, const Settings& settings);
/// The page that another one named as the next.
HttpRequest page_at(std::string next_page, const Settings& settings);

boost::json::object read_answered_page(const HttpResult& result);
/// The records of a page.
const boost::json::array& records_in(const boost::json::object& page, std::string_view key);
/// The next page as its path and query below base_url; empty: there is none. Whatever else it may be is not
/// followed: it would carry our credentials elsewhere.
std::string next_page(const boost::json::object& page, const Settings& settings);

const boost::json::string& listed_text(const boost::json::object& record, std::string_view key);
TimePoint listed_creation(const boost::json::object& message);
/// `SM…` or `MM…`.
std::string listed_sid(const boost::json::object& message);
/// A message of media alone has no text: empty.
std::string listed_body(const boost::json::object& message);

}  // namespace postrider::twilio
